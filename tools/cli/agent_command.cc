#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/time.h"
#include "core/crypto/random.h"
#include "tools/cli/commands.h"
#include "tools/cli/fingerprint.h"
#include "tools/client/server_url.h"
#include "tools/installer/agent.h"
#include "tools/installer/check_in.h"

namespace latchkey::tools {
namespace {

struct AgentArguments {
  std::string directory;
  std::string url;
  std::string ca;
  std::string fingerprint;
  std::string version;
};

CliResult<ServerChoice> ChoiceOf(const AgentArguments& given) {
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

CliResult<void> CheckInOnce(const AgentArguments& given, Io& io) {
  auto choice = ChoiceOf(given);
  if (!choice) return choice.error();
  const auto identity = ReadIdentity(given.directory, *choice);
  if (!identity) return identity.error();
  const auto interval = CheckIn(*identity, given.version);
  if (!interval) {
    Failure failure = interval.error();
    if (failure.exit == ExitCode::kTryAgain) failure.message += " Run this again later.";
    return failure;
  }
  const std::string done = identity->name + " has checked in.";
  return Deliver(io, fmt::format("{} The next check-in is due in {} s.\n", done, interval->count()),
                 done);
}

// Counts the time in which the machine is suspended, so that a check-in comes when it wakes.
bool Wait(std::chrono::milliseconds pause) {
  const auto until = SystemClock().Steady() + pause;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(until);
  const timespec at{static_cast<time_t>(seconds.count()),
                    static_cast<long>(std::chrono::nanoseconds(until - seconds).count())};
  while (::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
  return true;
}

CliResult<void> KeepCheckingIn(const AgentArguments& given, Io& io) {
  // There is nothing to finish: a check-in that is cut off is like one that was not made.
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { ::_exit(0); });
  auto choice = ChoiceOf(given);
  if (!choice) return choice.error();
  crypto::SystemRandom random;
  return RunAgent({.directory = given.directory,
                   .server = *std::move(choice),
                   .version = given.version,
                   .wait = &Wait},
                  SystemClock(), random, io.err);
}

void AddOptions(CLI::App* command, const std::shared_ptr<AgentArguments>& given) {
  command->add_option("--dir", given->directory, "Directory that `register --out` wrote")
      ->required();
  command->add_option("--url", given->url,
                      "Where gateways connect, https://HOST:PORT; as at the registration unless "
                      "given");
  CLI::Option* ca = command->add_option(
      "--ca", given->ca,
      "CA certificate (PEM) that the server must have signed the server's certificate; as "
      "at the registration unless given");
  CLI::Option* fingerprint = command->add_option("--ca-fingerprint", given->fingerprint,
                                                 "The same by its SHA-256, sha256:HEX");
  ca->excludes(fingerprint)->check(CLI::ExistingFile);
  fingerprint->check(CheckFingerprint);
  command->add_option("--version", given->version, "Version of the gateway's software");
}

}  // namespace

void AddCheckIn(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<AgentArguments>();
  CLI::App* command = app.add_subcommand(
      "check-in", "Check in once as the gateway that `register` registered in DIR");
  AddOptions(command, given);
  command->footer(
      "Ends with 4 when the server cannot be reached, with 10 when the gateway's identity has "
      "ended:\nask for a new key and register again.");
  command->callback([given, &context] { context.Finish(CheckInOnce(*given, context.io)); });
}

void AddAgent(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<AgentArguments>();
  CLI::App* command = app.add_subcommand(
      "agent",
      "Keep the gateway in DIR green: check in at the interval that the server gives, until\n"
      "SIGTERM. For gateways whose own software does not check in");
  AddOptions(command, given);
  command->footer(
      "Tries again when the server cannot be reached, and takes up a new certificate that "
      "`register`"
      "\nputs into DIR. Ends with 4 when another agent is at work in DIR, with 10 when the "
      "gateway's\nidentity has ended: ask for a new key and register again.");
  command->callback([given, &context] { context.Report(KeepCheckingIn(*given, context.io)); });
}

}  // namespace latchkey::tools
