// The server itself: whether it lives and serves, its metrics, its contract, its CA.
#include "api/handlers/handlers.h"
#include "api/handlers/openapi_text.h"

namespace latchkey::api {

Status GetHealth(const Service&, Call& call) {
  call.response.Begin(Success::kOk);
  call.response.body = R"({"status":"ok"})";
  return {};
}

Status GetReady(const Service& service, Call& call) {
  if (!service.serving()) {
    return Refuse(ErrorCode::kOverloaded, "The server is starting or ending.");
  }
  if (service.ledger.subjects.failed()) {
    return Refuse(ErrorCode::kOverloaded, "The disk refuses sealing keys: see the log.");
  }
  call.response.Begin(Success::kOk);
  call.response.body = R"({"status":"ready"})";
  return {};
}

Status GetMetrics(const Service& service, Call& call) {
  call.response.Begin(Success::kOk, "text/plain; version=0.0.4; charset=utf-8");
  call.response.body = service.metrics();
  return {};
}

Status GetOpenApi(const Service&, Call& call) {
  call.response.Begin(Success::kOk, "application/yaml");
  call.response.fixed_body = OpenApiText();
  return {};
}

// The one in force first; those before it are for whoever verifies certificates that they signed.
Status GetCa(const Service& service, Call& call) {
  call.response.Begin(Success::kOk, "application/pem-certificate-chain");
  call.response.body = service.ledger.ca.certificate_pem() + service.ledger.former_cas_pem;
  return {};
}

}  // namespace latchkey::api
