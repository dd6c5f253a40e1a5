// The server itself: whether it lives and serves, its metrics, its contract, its CA.
#include "api/handlers.h"
#include "api/metrics.h"
#include "api/openapi_text.h"

namespace latchkey::api {

Result<Next> GetHealth(Exchange& x) {
  x.response.Begin(Success::kOk);
  x.response.body = R"({"status":"ok"})";
  return Answered{};
}

Result<Next> GetReady(Exchange& x) {
  if (!x.metrics.serving()) {
    return Refuse(ErrorCode::kOverloaded, "The server is starting or ending.");
  }
  if (x.parts.subjects.failed()) {
    return Refuse(ErrorCode::kOverloaded, "The disk refuses sealing keys: see the log.");
  }
  x.response.Begin(Success::kOk);
  x.response.body = R"({"status":"ready"})";
  return Answered{};
}

Result<Next> GetMetrics(Exchange& x) {
  x.response.Begin(Success::kOk, "text/plain; version=0.0.4; charset=utf-8");
  x.response.body = x.metrics.Text(x.parts);
  return Answered{};
}

Result<Next> GetOpenApi(Exchange& x) {
  x.response.Begin(Success::kOk, "application/yaml");
  x.response.body = OpenApiText();
  return Answered{};
}

// The one in force first; those before it are for whoever verifies certificates that they signed.
Result<Next> GetCa(Exchange& x) {
  x.response.Begin(Success::kOk, "application/pem-certificate-chain");
  x.response.body = x.parts.ca.certificate_pem() + x.parts.former_cas_pem;
  return Answered{};
}

}  // namespace latchkey::api
