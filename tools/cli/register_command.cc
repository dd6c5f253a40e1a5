#include <cstdlib>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/duration.h"
#include "tools/cli/fingerprint.h"
#include "tools/cli/key_prompt.h"
#include "tools/client/server_url.h"
#include "tools/installer/registration.h"

namespace latchkey::tools {
namespace {

struct RegisterArguments {
  RegisterOptions options;
  std::string out = "./gateway";
  std::string key_file;
  std::string fingerprint;
  std::string patience;
};

CliResult<void> Run(RegisterArguments& given, Io& io) {
  given.options.out = given.out;
  given.options.trust.ca_sha256 = ParseFingerprint(given.fingerprint);
  if (const auto patience = ParseDuration(given.patience)) given.options.patience = *patience;
  const char* variable = std::getenv("LATCHKEY_GATEWAYS_URL");
  const bool by_variable = given.options.url.empty() && variable != nullptr;
  if (by_variable) given.options.url = variable;
  if (given.options.url.empty()) {
    return Fail(ExitCode::kUsage, "Which server? Give --url https://HOST:8444.");
  }
  auto url = ReadServerUrl(given.options.url, by_variable ? "LATCHKEY_GATEWAYS_URL" : "--url");
  if (!url) return url.error();
  given.options.url = *std::move(url);
  const char* ca = std::getenv("LATCHKEY_CA");
  if (ca != nullptr && given.options.trust.ca_file.empty() && given.fingerprint.empty()) {
    given.options.trust.ca_file = ca;
  }
  auto registered = Register(given.options, KeyFrom(given.key_file, io), io.out, io.err);
  if (!registered) return registered;
  return Deliver(io, "", "This machine is registered.");
}

void AddOptions(CLI::App* command, const std::shared_ptr<RegisterArguments>& given) {
  command->add_option("--url", given->options.url,
                      "Where gateways register, https://HOST:PORT [LATCHKEY_GATEWAYS_URL]");
  CLI::Option* ca = command->add_option(
      "--ca", given->options.trust.ca_file,
      "CA certificate (PEM) that must have signed the server's certificate [LATCHKEY_CA]");
  CLI::Option* fingerprint =
      command->add_option("--ca-fingerprint", given->fingerprint,
                          "The CA's SHA-256 instead, sha256:HEX, as `serve` prints it");
  ca->excludes(fingerprint)->check(CLI::ExistingFile);
  fingerprint->check(CheckFingerprint);
  command->add_option(
      "--key-file", given->key_file,
      "File with the key, - for standard input; the terminal prompts for it unless given");
  command
      ->add_option("--out", given->out,
                   "Directory for the key pair and the certificate; created when missing")
      ->capture_default_str();
  CLI::Option* run = command->add_option(
      "--run", given->options.command,
      "Shell command that installs or starts the gateway. When it fails, so does the registration. "
      "Finds the files in $LATCHKEY_DIR");
  command
      ->add_flag("--send-output", given->options.send_output,
                 "When --run fails, report the last 20 lines of its output too, without the key")
      ->needs(run);
  command->add_option("--version", given->options.version, "Version of the gateway's software");
  command
      ->add_option("--patience", given->patience,
                   "How long to retry while the server cannot be reached (60s unless given)")
      ->check(CheckDuration);
}

}  // namespace

void AddRegister(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<RegisterArguments>();
  CLI::App* command = app.add_subcommand(
      "register",
      "Register this machine as a gateway, with a key that works once. The server is verified\n"
      "before anything is sent: by --ca, --ca-fingerprint or the system's roots. May be killed "
      "and\n"
      "run again with the same key at any point");
  AddOptions(command, given);
  command->footer(
      "Writes gateway.key, gateway.crt, ca.crt and registration.json into --out. With a confirmed\n"
      "certificate there it does nothing, unless --key-file holds another key: that one replaces "
      "the\nold identity, which stays good until the new one is confirmed.\n"
      "Ends with 4 when the server cannot be reached: run again with the same key. Ends with 10 "
      "when\nthe key is refused, with 11 when --run failed: ask for a new key.");
  command->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
