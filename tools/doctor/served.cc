#include "tools/doctor/served.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "core/base/time_text.h"
#include "core/crypto/certificates.h"
#include "core/crypto/files.h"
#include "core/http/http_client.h"
#include "tools/client/json.h"
#include "tools/client/management_client.h"
#include "tools/client/operations.h"
#include "tools/doctor/machine.h"
#include "tools/ledger/run_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kAskPatience{10};
constexpr std::chrono::hours kWarnBeforeCertificate{7 * 24};
constexpr std::chrono::hours kWarnBeforeToken{14 * 24};
constexpr int kOk = 200;

// Asks for `target`, of the very server whose certificate is in run/.
Expected<ClientResponse, TransportError> Ask(const std::string& url, const std::string& sha256,
                                             const std::string& target) {
  Trust trust;
  trust.server_sha256 = sha256;
  HttpClient client(
      {.url = url, .trust = std::move(trust), .timeout = kAskPatience, .direct = true});
  ClientRequest request{"GET", target};
  return client.Send(request);
}

// On this machine first: the name in `url` may be known to clients alone. Its certificate shows
// that it is this server.
Finding CheckListener(const std::string& check, const std::string& url, const std::string& sha256) {
  const std::string port = url.substr(std::min(url.rfind(':'), url.size()));
  std::string asked = "https://127.0.0.1" + port;
  auto health = Ask(asked, sha256, "/healthz");
  if (!health) health = Ask(asked = url, sha256, "/healthz");
  if (!health) {
    return {check, Health::kFail,
            health.error().message + " If the server has crashed, start it again."};
  }
  if (health->status != kOk) {
    return {check, Health::kFail,
            fmt::format("{} answers {}: it is not a Latchkey server.", asked, health->status)};
  }
  return {check, Health::kOk, "Answers at " + asked + "."};
}

Finding CheckReady(const std::string& url, const std::string& sha256) {
  const auto ready = Ask(url, sha256, "/readyz");
  if (!ready) return {"ready", Health::kFail, ready.error().message};
  if (ready->status == kOk) return {"ready", Health::kOk, "The server is ready."};
  const std::string why = TextAt(ParseJson(ready->body), "/detail");
  return {"ready", Health::kFail,
          fmt::format("/readyz answers {}. {} The server's log says more.", ready->status, why)};
}

// The token in the directory, which may be kept elsewhere instead.
Finding CheckToken(const fs::path& given, const fs::path& data, Time now) {
  constexpr const char* kCheck = "owner token";
  std::error_code unknown;
  if (!fs::exists(data / OwnerTokenFile(data), unknown)) {
    return {kCheck, Health::kOk, "Not in the directory, so it is not checked."};
  }
  std::ostream notes(nullptr);  // about the environment, which has no part in this
  ConnectionFlags flags;
  flags.data = given.string();
  auto client = ManagementClient::Connect(flags, notes);
  if (!client) return {kCheck, Health::kFail, client.error().message};
  const auto self = client->Send(operations::kShowOwnToken);
  if (!self) return {kCheck, Health::kFail, self.error().message};
  const std::string role = TextAt(self->body, "/role");
  if (role != "owner") {
    return {kCheck, Health::kWarn,
            fmt::format("Accepted, with the role {}. Replace it with an owner's token.", role)};
  }
  const auto expires = text::ParseTime(RawTextAt(self->body, "/expires_at"));
  if (!expires) return {kCheck, Health::kOk, "Accepted, with the role owner."};
  return CheckEnd(kCheck, FromMicros(*expires), now, kWarnBeforeToken,
                  "Extend it with latchkey token rotate --expires.");
}

}  // namespace

Findings CheckServer(const fs::path& given, const fs::path& data, Time now) {
  if (PidOfServer(data).empty()) {
    return {{"server", Health::kOk, "Not running. Start it with latchkey serve."}};
  }
  const auto run = ReadRunDirectory(data);
  if (!run) return {{"server", Health::kFail, run.error().detail + " Start the server again."}};
  const auto certificate = crypto::ReadCertificate(run->server_certificate_pem);
  if (!certificate) {
    return {{"server", Health::kFail,
             "run/server.crt is damaged: start the server again. " + certificate.error().detail}};
  }
  Findings findings = {CheckListener("management", run->management_url, certificate->sha256)};
  if (!run->gateways_url.empty()) {  // else the server is read-only
    findings.push_back(CheckListener("gateways", run->gateways_url, certificate->sha256));
  }
  findings.push_back(CheckReady(run->management_url, certificate->sha256));
  findings.push_back(
      CheckEnd("certificate", certificate->not_after, now, kWarnBeforeCertificate,
               "Renew the one of --tls-cert; without --tls-cert the server renews it itself "
               "unless the CA ends."));
  findings.push_back(CheckToken(given, data, now));
  return findings;
}

std::string PidOfServer(const fs::path& data) {
  const auto pid = crypto::ReadSmallFile(RunDirectory(data) / "pid");
  return pid ? pid->substr(0, pid->find_first_not_of("0123456789")) : std::string();
}

}  // namespace latchkey::tools
