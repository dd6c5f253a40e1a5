#include "tools/installer/check_in.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "core/http/http_client.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/installer/machine.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

// Refusals after which this certificate is never accepted again.
bool EndsIdentity(std::string_view code) {
  static constexpr std::array<std::string_view, 5> kCodes = {
      "certificate_revoked", "certificate_expired", "registration_abandoned", "registration_ended",
      "gateway_removed"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// With what to do about it.
Failure Explained(Failure failure, const Identity& identity) {
  if (EndsIdentity(failure.code)) {
    failure.exit = ExitCode::kKeyRefused;
    // The registration itself goes on when only its certificate has expired.
    const char* replace = failure.code == "certificate_expired" ? " --replace" : "";
    failure.message += fmt::format(
        " An operator generates it with `latchkey key generate {}{}`; then run `latchkey register` "
        "here with --out {}.",
        identity.gateway, replace, ShellWord(identity.directory.string()));
  } else if (failure.code == "certificate_unknown_since_restore") {
    // No end of the identity: a restore of a newer backup would know it.
    failure.message += fmt::format(
        " The operator may have to add {} again first (`latchkey gateway add`, `latchkey key "
        "generate`); then run `latchkey register` here with --out {}.",
        identity.name, ShellWord(identity.directory.string()));
  } else if (failure.code == "unauthenticated") {
    // The server's own words ask for what its listener takes, a token or a key.
    failure.message = fmt::format(
        "{} does not know the certificate of {}. It is the address for operators, or another "
        "server than the one that this gateway is registered with: give the right one with --url.",
        identity.url, identity.name);
  }
  return failure;
}

Failure Explained(const TransportError& error) {
  Failure failure = FromTransport(error);
  if (error.kind == TransportError::Kind::kUntrusted) {
    failure.message += " Or give its fingerprint with --ca-fingerprint, as `serve` prints it.";
  }
  // Nothing on the command line, but a file that the directory names.
  if (failure.exit == ExitCode::kUsage) failure.exit = ExitCode::kFailed;
  return failure;
}

}  // namespace

CliResult<std::chrono::seconds> CheckIn(const Identity& identity, const std::string& version) {
  HttpClient client({.url = identity.url,
                     .trust = identity.trust,
                     .certificate = identity.certificate,
                     .key = identity.key,
                     .timeout = kCheckInTimeout});
  boost::json::object body;
  if (!version.empty()) body["version"] = HostField(version);
  const Operation& operation = operations::kCheckIn;
  const auto response = client.Send(
      {std::string(operation.method), std::string(operation.path), boost::json::serialize(body)});
  if (!response) return Explained(response.error());
  const auto answer = ReadAnswer(operation, *response, client.url());
  if (!answer) return Explained(answer.error(), identity);
  return std::chrono::seconds(NumberAt(answer->body, "/check_in_seconds"));
}

}  // namespace latchkey::tools
