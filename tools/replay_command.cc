#include <filesystem>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "core/log/rocks_log.h"
#include "core/rocks/rocks.h"
#include "core/subjects/subjects.h"
#include "projections/projections.h"
#include "tools/commands.h"
#include "tools/ledger_subjects.h"
#include "tools/progress.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using projections::Projections;

// A ledger that nobody serves, held against anyone who would.
struct Opened {
  rocks::Resources resources;
  std::unique_ptr<log::RocksLog> log;
  std::unique_ptr<Subjects> subjects;
};

CliResult<Opened> Open(const fs::path& data) {
  if (!fs::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  Opened opened{rocks::Resources::Create(), nullptr, nullptr};
  auto log =
      log::RocksLog::Open(data / "ledger", opened.resources, log::RocksLog::Mode::kReadWrite);
  if (!log) return Fail(log.error());
  opened.log = *std::move(log);
  auto subjects = OpenSubjectsOf(*opened.log, data / "subjects", opened.resources,
                                 Subjects::Access::kWrite);
  if (!subjects) return Fail(subjects.error());
  opened.subjects = *std::move(subjects);
  return opened;
}

CliResult<std::unique_ptr<Projections>> Build(const fs::path& directory, const Opened& ledger,
                                              const Io& io) {
  std::function<void(Projections::Progress)> progress;
  if (io.err_terminal) progress = ShowReplay(io.err);
  auto built =
      Projections::Open(directory, ledger.resources, *ledger.log, *ledger.subjects, progress);
  if (!built) return Fail(built.error());
  return *std::move(built);
}

// Removed at any point, the projections are made again by whoever opens them next.
CliResult<void> Rebuild(const fs::path& data, Io& io) {
  auto ledger = Open(data);
  if (!ledger) return tl::unexpected(ledger.error());
  std::error_code error;
  fs::remove_all(data / "projections", error);
  if (error) {
    return Fail(ExitCode::kFailed, "Cannot remove the old projections: " + error.message() + ".");
  }
  auto built = Build(data / "projections", *ledger, io);
  if (!built) return tl::unexpected(built.error());
  io.out << "Rebuilt the projections out of " << (*built)->size() << " events.\n";
  return {};
}

CliResult<void> Compare(const fs::path& data, Io& io) {
  auto ledger = Open(data);
  if (!ledger) return tl::unexpected(ledger.error());
  const fs::path beside = data / "projections.check";
  std::error_code ignored;
  fs::remove_all(beside, ignored);  // of a check that was killed
  std::vector<std::string> differences;
  std::uint64_t size = 0;
  {
    auto live = Build(data / "projections", *ledger, io);
    if (!live) return tl::unexpected(live.error());
    for (const std::string& note : (*live)->notes()) io.err << "Note: " << note << '\n';
    auto fresh = Build(beside, *ledger, io);
    if (!fresh) return tl::unexpected(fresh.error());
    differences = (*live)->Compare(**fresh);
    size = (*fresh)->size();
  }
  fs::remove_all(beside, ignored);
  if (differences.empty()) {
    io.out << "The projections are what " << size << " events add up to.\n";
    return {};
  }
  std::string words = "The projections are not what the ledger adds up to:";
  for (const std::string& difference : differences) words += "\n  " + difference;
  return Fail(ExitCode::kFailed, words + "\nRebuild them: latchkey replay --data DIR");
}

}  // namespace

void AddReplay(CLI::App& app, CommandContext& context) {
  struct State {
    std::string data;
    bool check = false;
  };
  const auto state = std::make_shared<State>();
  CLI::App* replay = app.add_subcommand(
      "replay",
      "Rebuild all projections out of the ledger, which must not be served meanwhile. Nothing is\n"
      "lost by it: projections are only what the events add up to");
  replay->add_option("--data", state->data, "Data directory")->required();
  replay->add_flag("--check", state->check,
                   "Change nothing: rebuild beside, and compare with what is there");
  replay->callback([state, &context] {
    context.Finish(state->check ? Compare(state->data, context.io)
                                : Rebuild(state->data, context.io));
  });
}

}  // namespace latchkey::tools
