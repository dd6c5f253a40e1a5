#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/serve/accept_time.h"

namespace latchkey::tools {
namespace {

constexpr std::chrono::seconds kWait{15};  // the server looks every second

CliResult<void> AcceptTime(const std::string& data, Io& io) {
  auto words = AskToAcceptTime(data, kWait);
  if (!words) return words.error();
  io.out << *words << '\n';
  return {};
}

}  // namespace

void AddAcceptTime(CLI::App& app, CommandContext& context) {
  const auto data = std::make_shared<std::string>();
  CLI::App* accept = app.add_subcommand(
      "accept-time",
      "Tell the server of DIR, on this machine, to take the clock as right: after the machine was\n"
      "suspended, or its clock was corrected. Check the clock first: what is written keeps its "
      "time");
  accept->add_option("--data", *data, "Data directory of the running server")->required();
  accept->callback([data, &context] { context.Finish(AcceptTime(*data, context.io)); });
}

}  // namespace latchkey::tools
