#include <charconv>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/base64.h"
#include "core/base/position.h"
#include "core/rocks/rocks.h"
#include "core/subjects/subjects.h"
#include "projections/projections.h"
#include "tools/backup/copy.h"
#include "tools/cli/commands.h"
#include "tools/cli/progress.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/evidence.h"
#include "tools/ledger/ledger_subjects.h"
#include "tools/process/shell_word.h"
#include "tools/verify/check_projections.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using projections::Projections;

// A ledger that nobody serves; servers are kept out while it is open.
struct Opened {
  rocks::Resources resources;
  CheckedLog checked;
  std::unique_ptr<Subjects> subjects;

  const log::Log& log() const { return *checked.log; }
};

std::function<void(Projections::Progress)> ProgressOn(const Io& io) {
  return io.err_terminal ? ShowReplay(io.err) : nullptr;
}

CliResult<Opened> Open(const fs::path& data) {
  if (!fs::exists(data / "ledger")) return NoLedger(data.string());
  Opened opened{rocks::Resources::Create(), {}, nullptr};
  auto log = OpenCheckedLog(data, opened.resources);
  if (!log) return Fail(log.error());
  opened.checked = *std::move(log);
  auto subjects = OpenSubjectsOf(opened.log(), opened.checked.sealing_keys, data / "subjects",
                                 opened.resources, Subjects::Access::kWrite);
  if (!subjects) return Fail(subjects.error());
  opened.subjects = *std::move(subjects);
  return opened;
}

CliResult<std::unique_ptr<Projections>> Build(const fs::path& directory, const Opened& ledger,
                                              const Io& io) {
  auto built = Projections::Open(directory, ledger.resources, ledger.log(), *ledger.subjects,
                                 ProgressOn(io));
  if (!built) return Fail(built.error());
  return *std::move(built);
}

// If this is killed at any point, the next opening rebuilds the projections.
CliResult<void> Rebuild(const fs::path& data, Io& io) {
  auto ledger = Open(data);
  if (!ledger) return ledger.error();
  std::error_code error;
  fs::remove_all(data / "projections", error);
  if (error) {
    return Fail(ExitCode::kFailed, "Cannot remove the old projections: " + error.message() + ".");
  }
  auto built = Build(data / "projections", *ledger, io);
  if (!built) return built.error();
  io.out << "Rebuilt the projections from " << (*built)->size() << " events.\n";
  return {};
}

// Only reads the ledger, so another version may serve it meanwhile.
CliResult<void> BuildBeside(const fs::path& data, Io& io) {
  if (!fs::exists(data / "ledger")) return NoLedger(data.string());
  Opened ledger{rocks::Resources::Create(), {}, nullptr};
  const fs::path served = data / "projections";
  const auto there = Projections::HasAll(served, ledger.resources);
  if (there && *there) {
    io.out << "The projections are of this version already. There is nothing to build.\n";
    return {};
  }
  // The log first: keys are older than the events they seal.
  auto log = OpenCheckedLog(data, ledger.resources, {.mode = log::RocksLog::Mode::kReadOnly});
  if (!log) return Fail(log.error());
  ledger.checked = *std::move(log);
  if (ledger.checked.log->is_copy()) return Fail(CopyIsOnlyRead());
  auto subjects = OpenSubjectsOf(ledger.log(), ledger.checked.sealing_keys, data / "subjects",
                                 ledger.resources, Subjects::Access::kRead);
  if (!subjects) return Fail(subjects.error());
  ledger.subjects = *std::move(subjects);

  const fs::path building = data / "projections.building";
  const fs::path beside = Projections::Beside(served);
  std::error_code error;
  fs::remove_all(building, error);  // of an interrupted run
  if (!error) fs::remove_all(beside, error);
  std::uint64_t size = 0;
  if (!error) {
    auto built = Build(building, ledger, io);
    if (!built) return built.error();
    (*built)->Flush();
    size = (*built)->size();
  }
  if (!error) fs::rename(building, beside, error);
  if (error) {
    return Fail(ExitCode::kFailed, "Cannot build beside the projections: " + error.message() + ".");
  }
  io.out << "Built the projections of this version from " << size
         << " events. Its first start takes them.\n";
  return {};
}

CliResult<void> Compare(const fs::path& data, const fs::path& scratch, Io& io) {
  if (!fs::exists(data / "ledger")) return NoLedger(data.string());
  const auto checked = CheckProjections(data, scratch, ProgressOn(io));
  if (!checked) return Fail(checked.error());
  if (!checked->problems.empty()) return Fail(ExitCode::kFailed, DifferencesOf(*checked));
  io.out << "The projections are what " << checked->size << " events add up to.\n";
  if (checked->behind != 0) {
    io.out << "The ledger has " << checked->behind << " more, which the next start adds.\n";
  }
  return {};
}

struct ReplayArguments {
  std::string data;
  bool check = false;
  bool beside = false;
  std::string scratch;
  std::string until;
  std::string into;

  fs::path ScratchDirectory() const {
    return scratch.empty() ? fs::temp_directory_path() : fs::path(scratch);
  }
};

// A sequence by itself, or a position, which also says in which epoch.
std::optional<Position> ReadUntil(const std::string& text) {
  if (auto position = ParsePosition(text)) return position;
  std::uint64_t sequence = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, sequence);
  if (error != std::errc() || at != end || sequence == UINT64_MAX) return std::nullopt;
  return Position{"", sequence};
}

std::string CheckUntil(const std::string& text) {
  if (ReadUntil(text)) return {};
  return "'" + text +
         "' is neither a sequence number, such as 1234, nor a position, as answers have it in "
         "Latchkey-Position.";
}

// Reads the ledger without changing it, so it may be served meanwhile.
CliResult<void> CopyInto(const fs::path& data, const ReplayArguments& given, Io& io) {
  if (!fs::exists(data / "ledger")) return NoLedger(data.string());
  const Position until = *ReadUntil(given.until);
  CopyOptions options{.data = data,
                      .into = given.into,
                      .until = until.sequence,
                      .epoch = until.epoch,
                      .scratch = given.ScratchDirectory()};
  if (io.err_terminal) {
    options.copied = ShowProgress(io.err, "copied");
    options.replayed = ShowProgress(io.err, "replayed");
    options.verified = ShowProgress(io.err, "verified");
  }
  const auto head = CopyLedger(options, rocks::Resources::Create());
  if (!head) return Fail(head.error());
  io.out << fmt::format(
      "Copied {} events to {}, root {}.\n"
      "Nobody can write to this copy, and no key or token works there. To look at it:\n"
      "  latchkey serve --read-only --data {}\n",
      head->size, given.into, text::ToBase64(head->root), ShellWord(given.into));
  return {};
}

void AddCopy(CLI::App* replay, ReplayArguments* given) {
  CLI::Option* until =
      replay
          ->add_option("--until", given->until,
                       "Copy the ledger as it was after this event: a sequence number or a "
                       "position. The ledger may be served meanwhile")
          ->check(CheckUntil)
          ->excludes("--check")
          ->excludes("--beside");
  CLI::Option* into =
      replay->add_option("--into", given->into,
                         "Directory to be made for the copy. Its history can be read and never "
                         "goes on");
  until->needs(into);
  into->needs(until);
}

}  // namespace

void AddReplay(CLI::App& app, CommandContext& context) {
  const auto state = std::make_shared<ReplayArguments>();
  CLI::App* replay = app.add_subcommand(
      "replay",
      "Rebuild all projections from the ledger, which must not be served meanwhile. Nothing is\n"
      "lost by it: projections are only what the events add up to. With --until and --into, make\n"
      "a copy of the ledger as it was after one event instead");
  replay->add_option("--data", state->data, "Data directory")->required();
  replay->add_flag("--check", state->check,
                   "Change nothing: rebuild elsewhere, and compare with what is there. Ends with 1 "
                   "when that is missing, damaged or something else");
  replay
      ->add_flag("--beside", state->beside,
                 "Before an update, by the new version while the old one serves: build the "
                 "projections of this version beside, for its first start to take")
      ->excludes("--check");
  replay->add_option("--scratch", state->scratch,
                     "Where --check rebuilds and a copy is verified (the system's directory for "
                     "temporary files unless given)");
  AddCopy(replay, state.get());
  replay->callback([state, &context] {
    context.Finish(
        OpenDataDirectory(state->data, context.io.err).and_then([&](const fs::path& data) {
          if (!state->into.empty()) return CopyInto(data, *state, context.io);
          if (state->beside) return BuildBeside(data, context.io);
          return state->check ? Compare(data, state->ScratchDirectory(), context.io)
                              : Rebuild(data, context.io);
        }));
  });
}

}  // namespace latchkey::tools
