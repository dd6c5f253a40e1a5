// Whom to trust, for those who verify gateways' certificates without asking the ledger.
#include "api/call/trust_documents.h"
#include "api/handlers/handlers.h"
#include "api/http/field_list.h"

namespace latchkey::api {
namespace {

// Soon enough for a certificate that has just ended, seldom enough for caches to be of use.
constexpr std::string_view kCached = "public, max-age=60";

Status Answer(const Published& published, std::string_view content_type, Call* call) {
  const Published::Current document = published.Get();
  if (!document) return document.error();
  Response& response = call->response;
  const bool known = NamesTag(call->request.if_none_match, (*document)->etag);
  response.Begin(known ? Success::kNotModified : Success::kOk, content_type);
  response.etag = (*document)->etag;
  response.cache_control = kCached;
  if (!known) response.Share(std::shared_ptr<const std::string>(*document, &(*document)->body));
  return {};
}

}  // namespace

// Every server with a listener for gateways has documents.
Status GetSpiffeBundle(const LedgerView& ledger, Call& call) {
  return Answer(ledger.trust->bundle, "application/json", &call);
}

Status GetRevocations(const LedgerView& ledger, Call& call) {
  return Answer(ledger.trust->revocations, "application/pkix-crl", &call);
}

}  // namespace latchkey::api
