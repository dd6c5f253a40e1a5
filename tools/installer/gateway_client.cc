#include "tools/installer/gateway_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "core/base/limits.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

// Refusals after which this certificate is never accepted again.
bool EndsIdentity(std::string_view code) {
  static constexpr std::array<std::string_view, 4> kCodes = {
      "certificate_revoked", "registration_abandoned", "registration_ended", "gateway_removed"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
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

GatewayClient::GatewayClient(Identity identity, std::chrono::seconds wait)
    : identity_(std::move(identity)),
      client_({.url = identity_.url,
               .trust = identity_.trust,
               .certificate = identity_.certificate,
               .key = identity_.key,
               .timeout = kGatewayTimeout + wait}) {}

CliResult<Answer> GatewayClient::Ask(const Operation& operation, const boost::json::object& body) {
  server_time_.reset();
  retry_after_ = std::chrono::seconds(0);
  const auto response = client_.Send(
      {std::string(operation.method), std::string(operation.path), boost::json::serialize(body)});
  if (!response) return tools::Explained(response.error());
  ReadHeaders(*response);
  auto answer = ReadAnswer(operation, *response, client_.url());
  if (!answer) return Explained(answer.error());
  return answer;
}

void GatewayClient::ReadHeaders(const ClientResponse& response) {
  if (const auto date = response.headers.find("date"); date != response.headers.end()) {
    const time_t seconds = ::curl_getdate(date->second.c_str(), nullptr);
    if (seconds >= 0) server_time_ = Time(std::chrono::seconds(seconds));
  }
  retry_after_ = RetryAfter(response).value_or(std::chrono::seconds(0));
}

// By the server's clock, which judges it. The server has the last word when it is asked to renew.
bool GatewayClient::Renewable() const {
  return server_time_ && *server_time_ < identity_.not_after + ledger_limits::kRenewalGrace;
}

// With what to do about it.
Failure GatewayClient::Explained(Failure failure) const {
  const std::string directory = ShellWord(identity_.directory.string());
  const bool expired = failure.code == "certificate_expired";
  if (expired && Renewable()) {
    failure.message += fmt::format(" `latchkey agent --dir {}` renews it.", directory);
  } else if (expired || EndsIdentity(failure.code)) {
    failure.exit = ExitCode::kKeyRefused;
    // The registration itself goes on when only its certificate has expired.
    failure.message += fmt::format(
        " An operator generates it with `latchkey key generate {}{}`; then run `latchkey register` "
        "here with --out {}.",
        identity_.gateway, expired ? " --replace" : "", directory);
  } else if (failure.code == "certificate_unknown_since_restore") {
    // No end of the identity: a restore of a newer backup would know it.
    failure.message += fmt::format(
        " The operator may have to add {} again first (`latchkey gateway add`, `latchkey key "
        "generate`); then run `latchkey register` here with --out {}.",
        identity_.name, directory);
  } else if (failure.code == "unauthenticated") {
    // The server's own words ask for what its listener takes, a token or a key.
    failure.message = fmt::format(
        "{} does not know the certificate of {}. It is the address for operators, or another "
        "server than the one that this gateway is registered with: give the right one with --url.",
        identity_.url, identity_.name);
  }
  return failure;
}

}  // namespace latchkey::tools
