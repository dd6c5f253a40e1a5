#include "tools/cli/gateway_directory.h"

#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/fingerprint.h"
#include "tools/client/server_url.h"

namespace latchkey::tools {

void AddGatewayDirectory(CLI::App* command, GatewayDirectory* given) {
  command->add_option("--dir", given->directory, "Directory that `register --out` wrote")
      ->required();
  command->add_option("--url", given->url,
                      "Where gateways connect, https://HOST:PORT; as at the registration unless "
                      "given");
  CLI::Option* ca = command->add_option(
      "--ca", given->ca,
      "CA certificate (PEM) that must have signed the server's certificate; as at the "
      "registration unless given");
  CLI::Option* fingerprint = command->add_option("--ca-fingerprint", given->fingerprint,
                                                 "The same by its SHA-256, sha256:HEX");
  ca->excludes(fingerprint)->check(CLI::ExistingFile);
  fingerprint->check(CheckFingerprint);
}

CliResult<ServerChoice> ChoiceOf(const GatewayDirectory& given) {
  ServerChoice choice;
  if (!given.url.empty()) {
    auto url = ReadServerUrl(given.url, "--url");
    if (!url) return url.error();
    choice.url = *std::move(url);
  }
  if (!given.ca.empty()) choice.trust.emplace().ca_file = given.ca;
  if (!given.fingerprint.empty()) {
    choice.trust.emplace().ca_sha256 = ParseFingerprint(given.fingerprint);
  }
  return choice;
}

Failure WithRetry(Failure failure, const GatewayClient& client) {
  if (failure.exit != ExitCode::kTryAgain) return failure;
  const auto wait = client.retry_after().count();
  failure.message +=
      wait == 0 ? " Run this again later." : fmt::format(" Run this again in {} s.", wait);
  return failure;
}

}  // namespace latchkey::tools
