// latchkey recover: reports what dropping a torn end of the ledger would cost, and drops it when
// nobody has seen its events, neither in the directory nor elsewhere.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <CLI/CLI.hpp>

#include "api/auth/session_store.h"
#include "core/base/printable.h"
#include "core/rocks/rocks.h"
#include "tools/cli/commands.h"
#include "tools/cli/guard_options.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/guards.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using log::RocksLog;
using log::Tail;

struct RecoverArguments {
  std::string data;
  GuardArguments guards;
  bool apply = false;
};

// The options by which `restore` asks the same guards. A directory remembers its own.
std::string RestoreOptionsOf(const GuardArguments& given) {
  std::string options;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options += fmt::format(" {} {}", name, ShellWord(value));
  };
  add("--checkpoint", given.checkpoint_file);
  for (const std::string& witness : given.witnesses) add("--witness", witness);
  add("--witness-ca", given.witness_ca);
  return options;
}

// A refusal to drop the end, with the command that gives up more than recover does.
Failure WithRestore(Failure failure, const RecoverArguments& given) {
  if (failure.exit != ExitCode::kLedger) return failure;
  fs::path data = fs::absolute(given.data).lexically_normal();
  if (!data.has_filename()) data = data.parent_path();
  failure.message += fmt::format(
      ". If nothing can be put back: this restores the part that is intact as a new epoch, after "
      "it has said what that gives up:\n  latchkey restore {} --data {}{}",
      ShellWord(data.string()), ShellWord(data.string() + "-restored"),
      RestoreOptionsOf(given.guards));
  return failure;
}

// What the part before the first damage lacks of the history that anything has seen; silent where
// that is unknown, as for another history.
void TellLoss(const fs::path& data, const rocks::Resources& resources, const AskElsewhere& ask,
              std::ostream& out) {
  const auto intact = RocksLog::Open(
      data / "ledger", resources, {.mode = RocksLog::Mode::kReadAlone, .tail = Tail::kUpToDamage});
  if (!intact) return;
  const auto highest = HighestSeen(data, resources, **intact, ask);
  if (!highest || highest->by.empty()) return;
  const std::uint64_t size = (*intact)->size();
  out << fmt::format("Its first {} events are whole, and {} has seen {}: {} are gone.\n", size,
                     highest->by, highest->head.size, highest->head.size - size);
}

// Looks first, and changes something only behind a part that holds every event that anything has
// seen.
CliResult<void> RecoverUpToDamage(const fs::path& data, const RecoverArguments& given,
                                  const AskElsewhere& ask, Io& io) {
  const rocks::Resources resources = rocks::Resources::Create();
  EvidenceOptions opening{.mode = RocksLog::Mode::kReadAlone, .elsewhere = ask};
  {
    const auto sound = OpenCheckedLog(data, resources, opening);
    if (sound) {
      io.out << fmt::format("The ledger is whole: {} events. There is nothing to recover.\n",
                            sound->log->size());
      return {};
    }
    if (sound.error().code != ErrorCode::kUnusable) return Fail(sound.error());
    io.out << "The ledger cannot be served as it is: " << sound.error().detail << ".\n";
  }
  opening.tail = Tail::kUpToDamage;
  std::uint64_t whole = 0;
  {
    const auto found = OpenCheckedLog(data, resources, opening);
    if (!found) {
      TellLoss(data, resources, ask, io.out);
      return WithRestore(Fail(found.error()), given);
    }
    whole = found->log->size();
  }
  io.out << fmt::format(
      "Its first {} events are whole, and nothing has ever seen more: what lies behind them was "
      "never answered.\n",
      whole);
  if (!given.apply) {
    io.out << "Nothing was changed. Drop what lies behind them: latchkey recover --apply --data "
           << ShellWord(data.string()) << '\n';
    return {};
  }
  // What they were begun with may be among what is dropped.
  if (const Status ended = api::SessionStore::Remove(data / "sessions"); !ended) {
    return Fail(ended.error());
  }
  opening.mode = RocksLog::Mode::kReadWrite;
  const auto recovered = OpenCheckedLog(data, resources, opening);
  if (!recovered) return Fail(recovered.error());
  io.out << fmt::format("Recovered: the ledger has {} events and can be served.\n",
                        recovered->log->size());
  return {};
}

CliResult<void> Recover(const RecoverArguments& given, Io& io) {
  const auto opened = OpenDataDirectory(given.data, io.err);
  if (!opened) return opened.error();
  const fs::path& data = *opened;
  if (!fs::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  Guards guards = GuardsIn(given.guards);
  if (guards.empty()) {
    auto remembered = RememberedGuards(data, rocksdb::Env::Default());
    if (!remembered) return Fail(remembered.error());
    guards = *std::move(remembered);
  }
  std::vector<std::string> warnings;
  auto done = RecoverUpToDamage(
      data, given, Ask(guards, CheckpointPath(data), rocksdb::Env::Default(), &warnings), io);
  for (const std::string& warning : warnings) {
    io.err << "Note: " << text::PrintableLines(warning) << '\n';
  }
  return done;
}

}  // namespace

void AddRecover(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<RecoverArguments>();
  CLI::App* recover = app.add_subcommand(
      "recover",
      "Drop the torn end of a ledger that serve refuses after a crash, or show what that would\n"
      "cost. Ends with 5 when it would lose an event that anything has seen");
  recover->add_option("--data", given->data, "Data directory")->required();
  recover->add_flag("--apply", given->apply,
                    "Drop the torn end. Only what nothing has ever seen is dropped");
  recover
      ->add_option("--checkpoint-file", given->guards.checkpoint_file,
                   "Where serve kept a second copy of each checkpoint; that of the last start "
                   "unless this or --witness is given")
      ->check(CLI::ExistingFile);
  AddWitnesses(recover, &given->guards,
               "Who has cosigned the ledger's checkpoints, as VKEY@URL; may be repeated. Those of "
               "the last start unless this or --checkpoint-file is given");
  recover->callback([given, &context] { context.Finish(Recover(*given, context.io)); });
}

}  // namespace latchkey::tools
