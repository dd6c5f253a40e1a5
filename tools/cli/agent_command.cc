#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/time.h"
#include "core/base/time_text.h"
#include "core/crypto/random.h"
#include "tools/cli/commands.h"
#include "tools/cli/gateway_directory.h"
#include "tools/installer/agent.h"
#include "tools/installer/check_in.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

struct AgentArguments {
  GatewayDirectory gateway;
  std::string version;
  std::string on_message;
};

// A single check-in renews nothing, so it must say when that is due.
void NoteRenewal(const Identity& identity, const Heard& heard, Time now, Io& io) {
  if (!heard.renew_after || now < *heard.renew_after) return;
  io.err << fmt::format(
      "Note: its certificate ends on {} and should be renewed. `latchkey agent --dir {}` does "
      "that.\n",
      text::TimeWords(ToMicros(identity.not_after)), ShellWord(identity.directory.string()));
}

CliResult<void> CheckInOnce(const AgentArguments& given, Io& io) {
  auto choice = ChoiceOf(given.gateway);
  if (!choice) return choice.error();
  const auto identity = ReadIdentity(given.gateway.directory, *choice);
  if (!identity) return identity.error();
  GatewayClient client(*identity);
  const auto heard = CheckIn(client, {.version = given.version});
  if (!heard) return WithRetry(heard.error(), client);
  NoteRenewal(*identity, *heard, client.server_time().value_or(SystemClock().Now()), io);
  const std::string done = identity->name + " has checked in.";
  return Deliver(
      io, fmt::format("{} The next check-in is due in {} s.\n", done, heard->interval.count()),
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
  auto choice = ChoiceOf(given.gateway);
  if (!choice) return choice.error();
  crypto::SystemRandom random;
  return RunAgent({.directory = given.gateway.directory,
                   .server = *std::move(choice),
                   .version = given.version,
                   .on_message = given.on_message,
                   .wait = &Wait},
                  SystemClock(), random, io.err);
}

void AddOptions(CLI::App* command, const std::shared_ptr<AgentArguments>& given) {
  AddGatewayDirectory(command, &given->gateway);
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
      "ended:\nask for a new key and register again. Says when the certificate should be renewed, "
      "which\n`latchkey agent` does.");
  command->callback([given, &context] { context.Finish(CheckInOnce(*given, context.io)); });
}

void AddAgent(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<AgentArguments>();
  CLI::App* command = app.add_subcommand(
      "agent",
      "Keep the gateway in DIR green: check in at the interval that the server gives, and renew\n"
      "the certificate in time, until SIGTERM. For gateways whose own software does neither");
  AddOptions(command, given);
  command->add_option("--on-message", given->on_message,
                      "Command that gets each message as JSON on standard input. Its exit status 0 "
                      "is done, another failed, and its last line is told with it");
  command->footer(
      "Tries again when the server cannot be reached, and takes up a new certificate that "
      "`register`"
      "\nputs into DIR. Ends with 4 when another agent is at work in DIR, with 10 when the "
      "gateway's\nidentity has ended: ask for a new key and register again.");
  command->callback([given, &context] { context.Report(KeepCheckingIn(*given, context.io)); });
}

}  // namespace latchkey::tools
