// latchkey recover: reports what dropping a torn end of the ledger would cost, and drops it when
// nobody has seen its events.
#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/rocks/rocks.h"
#include "tools/cli/commands.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/evidence.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using log::RocksLog;
using log::Tail;

// A refusal to drop the end, with the command that gives up more than recover does.
Failure WithRestore(Failure failure, const fs::path& given) {
  if (failure.exit != ExitCode::kLedger) return failure;
  fs::path data = fs::absolute(given).lexically_normal();
  if (!data.has_filename()) data = data.parent_path();
  failure.message += fmt::format(
      ". If nothing can be put back: this restores the part that is intact as a new epoch, after "
      "it has said what that gives up:\n  latchkey restore {} --data {}",
      ShellWord(data.string()), ShellWord(data.string() + "-restored"));
  return failure;
}

CliResult<void> Recover(const fs::path& given, bool apply, Io& io) {
  const auto opened = OpenDataDirectory(given, io.err);
  if (!opened) return opened.error();
  const fs::path& data = *opened;
  if (!fs::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  const rocks::Resources resources = rocks::Resources::Create();
  const auto sound = OpenCheckedLog(data, resources, {.mode = RocksLog::Mode::kReadAlone});
  if (sound) {
    io.out << fmt::format("The ledger is whole: {} events. There is nothing to recover.\n",
                          sound->log->size());
    return {};
  }
  if (sound.error().code != ErrorCode::kUnusable) return Fail(sound.error());
  io.out << "The ledger cannot be served as it is: " << sound.error().detail << ".\n";
  // The part before the first damage must hold every event that anything has seen.
  std::uint64_t whole = 0;
  {
    const auto found = OpenCheckedLog(
        data, resources, {.mode = RocksLog::Mode::kReadAlone, .tail = Tail::kUpToDamage});
    if (!found) return WithRestore(Fail(found.error()), given);
    whole = found->log->size();
  }
  io.out << fmt::format(
      "Its first {} events are whole, and nothing has ever seen more: what lies behind them was "
      "never answered.\n",
      whole);
  if (!apply) {
    io.out << "Nothing was changed. Drop what lies behind them: latchkey recover --apply --data "
           << ShellWord(data.string()) << '\n';
    return {};
  }
  const auto recovered = OpenCheckedLog(data, resources, {.tail = Tail::kUpToDamage});
  if (!recovered) return Fail(recovered.error());
  io.out << fmt::format("Recovered: the ledger has {} events and can be served.\n",
                        recovered->log->size());
  return {};
}

}  // namespace

void AddRecover(CLI::App& app, CommandContext& context) {
  struct State {
    std::string data;
    bool apply = false;
  };
  const auto state = std::make_shared<State>();
  CLI::App* recover = app.add_subcommand(
      "recover",
      "Drop the torn end of a ledger that serve refuses after a crash, or show what that would\n"
      "cost. Ends with 5 when it would lose an event that anything has seen");
  recover->add_option("--data", state->data, "Data directory")->required();
  recover->add_flag("--apply", state->apply,
                    "Drop the torn end. Only what nothing has ever seen is dropped");
  recover->callback(
      [state, &context] { context.Finish(Recover(state->data, state->apply, context.io)); });
}

}  // namespace latchkey::tools
