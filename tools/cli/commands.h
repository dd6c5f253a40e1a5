// The subcommands: each function adds one to the application, with its help, and runs it when the
// command line names it. One file each.
#pragma once

#include <string>
#include <string_view>

#include "tools/cli/io.h"
#include "tools/process/exit_code.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

struct CommandContext {
  Io io;
  ExitCode exit = ExitCode::kDone;

  // Handles the result of a command. Output that could not be written is a failure too.
  void Finish(const CliResult<void>& result);
  // Prints a failure, made printable (core/base/printable.h), and stores the exit code.
  void Report(const CliResult<void>& result);
};

void AddServe(CLI::App& app, CommandContext& context);
void AddAccount(CLI::App& app, CommandContext& context);
void AddGateway(CLI::App& app, CommandContext& context);
void AddKey(CLI::App& app, CommandContext& context);
void AddMessage(CLI::App& app, CommandContext& context);
void AddWebhook(CLI::App& app, CommandContext& context);
void AddToken(CLI::App& app, CommandContext& context);
void AddSession(CLI::App& app, CommandContext& context);
void AddWhoami(CLI::App& app, CommandContext& context);
void AddRegister(CLI::App& app, CommandContext& context);
void AddCheckIn(CLI::App& app, CommandContext& context);
void AddAgent(CLI::App& app, CommandContext& context);
void AddDeregister(CLI::App& app, CommandContext& context);
void AddRegistrations(CLI::App& app, CommandContext& context);
void AddHistory(CLI::App& app, CommandContext& context);
void AddRotate(CLI::App& app, CommandContext& context);
void AddAcceptTime(CLI::App& app, CommandContext& context);
void AddReplay(CLI::App& app, CommandContext& context);
void AddRecover(CLI::App& app, CommandContext& context);
void AddBackup(CLI::App& app, CommandContext& context);
void AddDrill(CLI::App& app, CommandContext& context);
void AddRestore(CLI::App& app, CommandContext& context);
void AddVerify(CLI::App& app, CommandContext& context);
void AddCompare(CLI::App& app, CommandContext& context);
void AddWitness(CLI::App& app, CommandContext& context);
void AddHelp(CLI::App& app, CommandContext& context);
void AddCompletion(CLI::App& app, CommandContext& context);
void AddDoctor(CLI::App& app, CommandContext& context);
void AddBench(CLI::App& app, CommandContext& context);

}  // namespace latchkey::tools
