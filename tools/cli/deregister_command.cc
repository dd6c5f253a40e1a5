#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/cli/gateway_directory.h"
#include "tools/installer/deregistration.h"

namespace latchkey::tools {
namespace {

struct DeregisterArguments {
  GatewayDirectory gateway;
  std::string reason;
  bool yes = false;
};

std::string DeregistrationWords(const Deregistered& done, const std::string& directory) {
  const std::string removed = " Its key pair and certificate are removed from " + directory + ".";
  if (!done.before) return "Deregistered " + done.name + "." + removed;
  const std::string whose = done.name.empty() ? "this gateway" : done.name;
  return "The identity of " + whose + " had ended before." + removed;
}

CliResult<void> Run(const DeregisterArguments& given, Io& io) {
  auto choice = ChoiceOf(given.gateway);
  if (!choice) return choice.error();
  const std::string& directory = given.gateway.directory;
  // What has ended already is not asked about.
  if (const auto identity = ReadIdentity(directory, *choice)) {
    const auto agreed = Confirm(io, given.yes,
                                fmt::format("This deregisters {} and removes its key pair from {}. "
                                            "To register it again, a new key is needed.",
                                            identity->name, directory));
    if (!agreed) return agreed;
  }
  const auto done =
      Deregister({.directory = directory, .server = *std::move(choice), .reason = given.reason});
  if (!done) return done.error();
  const std::string words = DeregistrationWords(*done, directory);
  return Deliver(io, words + "\n", words);
}

}  // namespace

void AddDeregister(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<DeregisterArguments>();
  CLI::App* command = app.add_subcommand(
      "deregister",
      "End the identity of the gateway that is registered in DIR, and remove its key pair and\n"
      "certificate from there. For a gateway that is uninstalled");
  AddGatewayDirectory(command, &given->gateway);
  command->add_option("--reason", given->reason, "Why, for the history");
  AddYes(command, &given->yes);
  command->footer(
      "Ends with 4 when the server cannot be reached, or when `latchkey agent` or `latchkey "
      "register`\nis at work in DIR. Nothing is removed before the server has ended the identity; "
      "run it again\nwhen it was interrupted.");
  command->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
