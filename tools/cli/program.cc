#include "tools/cli/program.h"

#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/cli/command_text.h"
#include "tools/cli/help.h"
#include "tools/cli/value_names.h"

namespace latchkey::tools {
namespace {

struct Entry {
  const char* group;  // what people do with it; commands of one group follow each other
  void (*add)(CLI::App& app, CommandContext& context);
};

constexpr const char* kServing = "Serve a ledger and look after it";
constexpr const char* kOperating = "Work with a served ledger";
constexpr const char* kInstalling = "On the machine of a gateway";
constexpr const char* kProgram = "About this program";

constexpr Entry kCommands[] = {
    {kServing, AddServe},      {kServing, AddDoctor},        {kServing, AddVerify},
    {kServing, AddCompare},    {kServing, AddReplay},        {kServing, AddRecover},
    {kServing, AddBackup},     {kServing, AddDrill},         {kServing, AddRestore},
    {kServing, AddRotate},     {kServing, AddAcceptTime},    {kServing, AddWitness},
    {kOperating, AddAccount},  {kOperating, AddGateway},     {kOperating, AddKey},
    {kOperating, AddMessage},  {kOperating, AddWebhook},     {kOperating, AddToken},
    {kOperating, AddSession},  {kOperating, AddHistory},     {kOperating, AddRegistrations},
    {kOperating, AddWhoami},   {kInstalling, AddRegister},   {kInstalling, AddCheckIn},
    {kInstalling, AddAgent},   {kInstalling, AddDeregister}, {kProgram, AddHelp},
    {kProgram, AddCompletion}, {kProgram, AddBench},
};

// A group that is named alone, as the program itself, shows what can follow.
void ShowAlone(CLI::App* group, CommandContext& context) {
  group->require_subcommand(0, 1);
  group->callback([group, &context] {
    if (!group->get_subcommands().empty()) return;
    context.io.out << group->help();
    context.Finish({});
  });
}

void AddColour(CLI::App* command, CommandContext& context) {
  command
      ->add_option_function<std::string>(
          "--color",
          [&context](const std::string& when) {
            if (when != "auto") context.io.colours = when == "always";
          },
          "Colours: auto on a terminal, unless NO_COLOR is set or TERM is dumb")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group(kEveryCommandGroup);
}

void Equip(CLI::App* command, CommandContext& context) {
  command->get_option("--help")->group(kEveryCommandGroup);
  AddColour(command, context);
  const std::vector<CLI::App*> inner = command->get_subcommands({});
  if (!inner.empty()) ShowAlone(command, context);
  for (CLI::App* next : inner) Equip(next, context);
}

}  // namespace

std::unique_ptr<CLI::App> MakeProgram(CommandContext& context) {
  auto program = std::make_unique<CLI::App>(
      "Latchkey registers gateways, each with a key that works once.", "latchkey");
  program->set_help_flag("-h,--help", "Show what a command does and how to use it");
  program->set_version_flag("--version", "latchkey " LATCHKEY_VERSION)
      ->description("Show the version");
  program->formatter(std::make_shared<HelpFormatter>(context.io.columns));
  for (const Entry& entry : kCommands) {
    entry.add(*program, context);
    program->get_subcommands({}).back()->group(entry.group);
  }
  Equip(program.get(), context);
  NameValues(program.get());
  return program;
}

}  // namespace latchkey::tools
