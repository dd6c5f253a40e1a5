// Another certificate for a gateway that has one.
#include <string_view>

#include "api/call/json_body.h"
#include "api/call/json_writer.h"
#include "api/handlers/enrolment.h"
#include "api/handlers/handlers.h"
#include "core/base/time_text.h"
#include "core/crypto/certificates.h"

namespace latchkey::api {

Task<Status> PostCertificate(const Writes& writes, Call& call) {
  Fields fields(call.request.json);
  const std::string_view csr = fields.RequiredString("csr");
  if (Status valid = fields.Done(Fields::Unknown::kIgnored); !valid) co_return valid.error();
  const Result<Issued> issued = co_await Renew(writes, call, csr);
  if (!issued) co_return issued.error();
  call.response.Begin(issued->repeated ? Success::kOk : Success::kCreated);
  JsonWriter json(&call.response.body);
  json.BeginObject();
  json.Member("certificate", crypto::DerToPem(issued->certificate));
  json.Member("ca", writes.ledger.ClientsCaPem());
  json.Member("not_after", text::FormatTime(issued->not_after_us));
  json.Number("sequence", issued->sequence);
  json.EndObject();
  co_return Status();
}

}  // namespace latchkey::api
