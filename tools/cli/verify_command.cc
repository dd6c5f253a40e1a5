#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/printable.h"
#include "core/domain/invariants.h"
#include "core/rocks/rocks.h"
#include "tools/cli/commands.h"
#include "tools/cli/progress.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/evidence.h"
#include "tools/verify/check_projections.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

// Invariant 4, which needs a ledger that nobody serves: compares the projections with a rebuild.
CliResult<void> VerifyProjections(const fs::path& data, const fs::path& scratch, Io& io) {
  const auto not_checked = [&](const std::string& why) {
    io.out << "Not checked: whether the projections are what it adds up to ("
           << text::PrintableLines(why) << ").\n";
    return CliResult<void>();
  };
  if (!fs::exists(data / "projections")) {
    return not_checked("there are none; the next start makes them");
  }
  std::function<void(projections::Projections::Progress)> progress;
  if (io.err_terminal) progress = ShowReplay(io.err);
  const auto checked = CheckProjections(data, scratch, progress);
  if (!checked && checked.error().code == ErrorCode::kInUse) {
    return not_checked("a server has them open; stop it to have them checked");
  }
  if (!checked) return not_checked(checked.error().detail);
  if (!checked->problems.empty()) return Fail(ExitCode::kFailed, DifferencesOf(*checked));
  io.out << fmt::format("The projections are what {} events add up to.\n", checked->size);
  return {};
}

std::string VerificationWords(const VerifyReport& report) {
  std::string words;
  if (!report.violations.empty()) {
    words = fmt::format("The ledger is not good. The first bad sequence is {}.",
                        report.violations.front().sequence);
  }
  for (const domain::Violation& violation : report.violations) {
    words +=
        fmt::format("\n  {:>8}  {}: {}", violation.sequence, violation.invariant, violation.detail);
  }
  if (report.lost_keys.empty()) return words;
  if (!words.empty()) words += '\n';
  words += fmt::format("Sealing keys are lost: {}. Put back the subjects/ of this ledger.",
                       report.lost_keys.size());
  for (const LostSealingKey& key : report.lost_keys) {
    words += fmt::format("\n  {:>8}  {}{}{}", key.sequence, text::ToHex(key.subject),
                         key.account.empty() ? "" : "  account ", key.account);
  }
  return words;
}

CliResult<void> Run(const fs::path& given, const fs::path& scratch, Io& io) {
  const auto opened = OpenDataDirectory(given, io.err);
  if (!opened) return opened.error();
  const fs::path& data = *opened;
  if (!fs::exists(data / "ledger")) {
    return Fail(ExitCode::kLedger, "There is no ledger in " + data.string() + ".");
  }
  const rocks::Resources resources = rocks::Resources::Create();
  auto checked = OpenCheckedLog(data, resources, {.mode = log::RocksLog::Mode::kReadOnly});
  if (!checked) return Fail(checked.error());
  VerifyOptions options{.scratch = scratch};
  if (io.err_terminal) options.progress = ShowProgress(io.err, "verified");
  // After the log: keys are older than the events they seal.
  const auto subjects = Subjects::Open(data / "subjects", resources, Subjects::Access::kRead);
  if (subjects && (*subjects)->made() < checked->sealing_keys) options.subjects = subjects->get();
  auto report = Verify(*checked->log, options);
  if (!report) return Fail(report.error());
  if (report->good()) {
    io.out << fmt::format("The ledger is good: {} events, root {}.\n", report->size,
                          text::ToBase64(report->root));
    if (!subjects) {
      return Fail(ExitCode::kLedger, "But " + subjects.error().detail +
                                         ": what was sealed cannot be read. Put back the "
                                         "subjects/ of this ledger.");
    }
    return VerifyProjections(data, scratch, io);
  }
  return Fail(ExitCode::kLedger, VerificationWords(*report));
}

}  // namespace

void AddVerify(CLI::App& app, CommandContext& context) {
  struct State {
    std::string data;
    std::string scratch;
  };
  const auto state = std::make_shared<State>();
  CLI::App* verify = app.add_subcommand(
      "verify",
      "Check the whole ledger: every hash, the tree, the order of events, and all that must\n"
      "always be true of it; and, while it is not served, whether the projections are what it "
      "adds\n"
      "up to. Works beside a server that is running, and changes nothing. Ends with 5 when the "
      "ledger\nis not good, with 1 when only the projections are not");
  verify->add_option("--data", state->data, "Data directory")->required();
  verify->add_option("--scratch", state->scratch,
                     "Where there is room for the state of a large ledger and for its projections "
                     "meanwhile (the system's directory for temporary files unless given)");
  verify->callback([state, &context] {
    const fs::path scratch =
        state->scratch.empty() ? fs::temp_directory_path() : fs::path(state->scratch);
    context.Finish(Run(state->data, scratch, context.io));
  });
}

}  // namespace latchkey::tools
