// latchkey drill: restores a backup for proof, and says what a restore would give and cost.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "core/base/base64.h"
#include "core/base/time_text.h"
#include "core/crypto/random.h"
#include "core/rocks/rocks.h"
#include "tools/backup/drill.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/cli/passphrase.h"
#include "tools/cli/progress.h"
#include "tools/cli/remember.h"
#include "tools/client/json.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/secret_files.h"
#include "tools/process/scratch_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct DrillArguments {
  std::string data;
  std::string backup;
  std::string passphrase_file;
  std::string scratch;
  CaFiles ca;
  std::string output = "table";
};

const char* NameOf(DrillVerdict verdict) {
  switch (verdict) {
    case DrillVerdict::kGood:
      return "good";
    case DrillVerdict::kOtherLedger:
      return "other_ledger";
    case DrillVerdict::kDifferent:
      return "different";
    case DrillVerdict::kAhead:
      return "ahead";
  }
  return "";
}

// Empty for a good backup.
std::string WhatIsWrong(const DrillReport& report) {
  switch (report.verdict) {
    case DrillVerdict::kGood:
      return "";
    case DrillVerdict::kOtherLedger:
      return "The backup is of another ledger, or from before this one was restored. Back up to "
             "another directory.";
    case DrillVerdict::kDifferent:
      return fmt::format(
          "The backup can be restored, but event {} in it is not the one in the ledger. Check "
          "both: "
          "latchkey verify --data DIR, and a restore of the backup with --vkey.",
          *report.differs_at);
    case DrillVerdict::kAhead:
      return fmt::format(
          "The backup has {} events and the ledger only {}: the ledger has lost its end. Keep the "
          "backup, stop the server, and restore the backup.",
          report.backup.size, report.ledger_size);
  }
  return "";
}

std::string Words(Time time) { return text::TimeWords(ToMicros(time)); }

// Two units are precise enough: "3 d 4 h".
std::string AgeWords(Time from, Time now) {
  const auto seconds =
      std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now - from).count());
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min", seconds / 60);
  if (seconds < 86'400) return fmt::format("{} h {} min", seconds / 3'600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds / 3'600 % 24);
}

const char* SecretWords(const DrillReport& report, const DrillArguments& given) {
  if (report.confidential) {
    return "Secrets and sealing keys are in it, and the passphrase opens them.\n";
  }
  return given.passphrase_file.empty()
             ? "Its secrets and sealing keys were not looked at: give --passphrase-file. Those of "
               "the ledger were used.\n"
             : "Secrets and sealing keys are not in it: a restore needs copies of secrets/ca.key, "
               "secrets/ca.crt and subjects/, or a backup with --passphrase-file.\n";
}

void Tell(const DrillReport& report, const DrillArguments& given, std::ostream& out) {
  const Time now = SystemClock().Now();
  out << fmt::format("Restored {} events from {}, root {}, and verified them all.\n",
                     report.backup.size, given.backup, text::ToBase64(report.backup.root));
  if (report.verdict == DrillVerdict::kGood) {
    out << fmt::format("They are the events of the ledger in {}.\n", given.data);
  }
  out << fmt::format("The newest is of {} ({} ago).\n", Words(*report.newest_event),
                     AgeWords(*report.newest_event, now));
  if (report.missing_since) {
    out << fmt::format("{} newer events are not in it, the first of them of {} ({} ago).\n",
                       report.missing(), Words(*report.missing_since),
                       AgeWords(*report.missing_since, now));
  } else {
    out << "It misses no event.\n";
  }
  out << SecretWords(report, given);
  if (report.lost_keys > 0) {
    out << fmt::format("{} sealing keys are missing: what they sealed cannot be read.\n",
                       report.lost_keys);
  }
  const char* before = "Time:";
  for (const DrillStep& step : report.steps) {
    out << fmt::format("{} {} {:.1f} s", std::exchange(before, ","), step.name,
                       static_cast<double>(step.took.count()) / 1'000);
  }
  out << ".\n";
}

json::value TimeOrNull(const std::optional<Time>& time) {
  return time ? json::value(text::FormatTime(ToMicros(*time))) : json::value();
}

json::object JsonOf(const DrillReport& report) {
  json::array steps;
  for (const DrillStep& step : report.steps) {
    steps.push_back(
        {{"step", step.name}, {"seconds", static_cast<double>(step.took.count()) / 1'000}});
  }
  return {{"verdict", NameOf(report.verdict)},
          {"events", report.backup.size},
          {"root_hash", text::ToBase64(report.backup.root)},
          {"newest_event_at", TimeOrNull(report.newest_event)},
          {"ledger_events", report.ledger_size},
          {"missing_events", report.missing()},
          {"missing_since", TimeOrNull(report.missing_since)},
          {"differs_at", report.differs_at ? json::value(*report.differs_at) : json::value()},
          {"secrets", report.confidential},
          {"sealing_keys_missing", report.lost_keys},
          {"steps", std::move(steps)}};
}

CliResult<DrillReport> Rehearse(const DrillArguments& given, const fs::path& data, Io& io) {
  const auto scratch = ScratchDirectory::Make(
      given.scratch.empty() ? fs::temp_directory_path() : fs::path(given.scratch),
      "latchkey-drill");
  if (!scratch) {
    return Fail(ExitCode::kFailed, scratch.error().detail + " Give another with --scratch.");
  }
  auto passphrase = ReadPassphrase(given.passphrase_file);
  if (!passphrase) return passphrase.error();
  DrillOptions options{.data = data,
                       .source = given.backup,
                       .credentials = CredentialsDirectory(),
                       .ca = given.ca,
                       .passphrase = *std::move(passphrase),
                       .scratch = scratch->path()};
  if (io.err_terminal) options.progress = ShowProgress(io.err, "restored");
  crypto::SystemRandom random;
  auto report = Drill(options, rocks::Resources::Create(), random);
  if (!report) return Fail(report.error());
  return *std::move(report);
}

CliResult<std::uint64_t> SizeIfGood(const DrillReport& report) {
  if (report.verdict == DrillVerdict::kGood) return report.backup.size;
  return Fail(ExitCode::kFailed, WhatIsWrong(report));
}

CliResult<void> Run(const DrillArguments& given, Io& io) {
  const auto data = OpenDataDirectory(given.data, io.err);
  if (!data) return data.error();
  const auto report = Rehearse(given, *data, io);
  const CliResult<std::uint64_t> size = report ? SizeIfGood(*report) : report.error();
  Remember(*data, &log::RecoveryRecord::drill, fs::absolute(given.backup).string(), size, io.err);
  if (!report) return report.error();
  if (given.output == "json") {
    io.out << JsonText(JsonOf(*report)) << '\n';
  } else if (report->newest_event) {
    Tell(*report, given, io.out);
  }
  if (!size) return size.error();
  return {};
}

}  // namespace

void AddDrill(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<DrillArguments>();
  CLI::App* drill = app.add_subcommand(
      "drill",
      "Prove that a backup can be restored: restore it into a temporary directory, verify it,\n"
      "compare it with its ledger, and remove it again. Works beside a running server, and "
      "changes\nnothing in the ledger. Ends with 5 when the backup cannot be restored, with 1 when "
      "its events are\nnot those of the ledger");
  drill->add_option("--data", given->data, "Data directory of the ledger")->required();
  drill->add_option("--backup", given->backup, "Directory of the backup")->required();
  drill->add_option("--passphrase-file", given->passphrase_file,
                    "Its first line opens the secrets and sealing keys in the backup; without it, "
                    "those of the ledger are used");
  drill
      ->add_option("--scratch", given->scratch,
                   "Where there is room for the restored ledger meanwhile (the system's directory "
                   "for temporary files unless given)")
      ->check(CLI::ExistingDirectory);
  AddCaFiles(drill, &given->ca, "--", kSameCaHelp);
  drill->add_option("-o,--output", given->output, "The form of the result")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  drill->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
