#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/printable.h"
#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "core/rocks/rocks.h"
#include "tools/backup/restore.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/cli/confirm.h"
#include "tools/cli/guard_options.h"
#include "tools/cli/passphrase.h"
#include "tools/cli/progress.h"
#include "tools/cli/verifier_key.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/secret_files.h"
#include "tools/process/shell_word.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

struct RestoreArguments {
  std::string source;
  std::string data;
  std::string passphrase_file;
  std::string key;
  std::string checkpoint;
  GuardArguments guards;
  CaFiles ca;
  bool without_subjects = false;
  bool yes = false;
};

CliResult<std::optional<log::NoteKey>> ReadKey(const std::string& given) {
  if (given.empty()) return std::optional<log::NoteKey>();
  auto key = ReadVerifierKey(given, "--vkey");
  if (!key) return key.error();
  return std::optional(*std::move(key));
}

void Tell(const RestoreReport& report, const RestoreArguments& given, std::ostream& out) {
  out << fmt::format("Restored {} events to {} as the new epoch {}.\n", report.taken.size,
                     given.data, report.epoch);
  if (report.known.size > report.taken.size) {
    out << fmt::format("Lost: {} events that came after them.\n",
                       report.known.size - report.taken.size);
  }
  out << fmt::format(
      "Void: every registration key and operator token from before, and pending registrations "
      "({}).\n"
      "A new owner token is in {}.\n"
      "Serve it, then look at the registrations from before the restore:\n"
      "  latchkey serve --data {}\n"
      "  latchkey registrations list --restored --data {}\n",
      report.abandoned, (fs::path(given.data) / "secrets" / kOwnerTokenFile).string(),
      ShellWord(given.data), ShellWord(given.data));
}

// What a restore of a data directory gives up.
std::string PriceOf(const std::string& source, const log::Head& intact,
                    const log::Sighting& highest) {
  std::string words =
      highest.by.empty()
          ? fmt::format(
                "All {} events that can be read in {} are intact, and nothing there has "
                "seen more. A restore of them gives up no event that is known of, but ",
                intact.size, source)
          : fmt::format(
                "The first {} events in {} are intact, and {} has seen {}. A restore of "
                "them gives up {} events for good, and ",
                intact.size, source, highest.by, highest.head.size,
                highest.head.size - intact.size);
  return words +
         "makes registration keys, operator tokens and pending registrations from before void.";
}

CliResult<void> Run(const RestoreArguments& given, Io& io) {
  auto passphrase = ReadPassphrase(given.passphrase_file);
  if (!passphrase) return passphrase.error();
  auto key = ReadKey(given.key);
  if (!key) return key.error();
  RestoreOptions options{.source = given.source,
                         .data = given.data,
                         .credentials = CredentialsDirectory(),
                         .ca = given.ca,
                         .passphrase = *std::move(passphrase),
                         .key = *std::move(key),
                         .guards = GuardsIn(given.guards),
                         .without_subjects = given.without_subjects,
                         .scratch = fs::temp_directory_path()};
  if (!given.checkpoint.empty()) {
    auto note = crypto::ReadSmallFile(given.checkpoint);
    if (!note) return Fail(ExitCode::kFailed, note.error().detail);
    options.checkpoint = *std::move(note);
  }
  std::optional<Failure> declined;
  if (IsDataDirectory(given.source)) {
    auto source = OpenDataDirectory(given.source, io.err);
    if (!source) return source.error();
    options.source = *std::move(source);
    options.agree = [&](const log::Head& intact, const log::Sighting& highest) -> Status {
      const auto agreed = Confirm(io, given.yes, PriceOf(given.source, intact, highest));
      if (agreed) return {};
      declined = agreed.error();
      return Refuse(ErrorCode::kUnusable, declined->message);
    };
  }
  if (io.err_terminal) options.progress = ShowProgress(io.err, "restored");
  crypto::SystemRandom random;
  const auto report = Restore(options, rocks::Resources::Create(), random);
  if (declined) return *std::move(declined);
  if (!report) return Fail(report.error());
  for (const std::string& warning : report->warnings) {
    io.err << "Note: " << text::PrintableLines(warning) << '\n';
  }
  Tell(*report, given, io.out);
  return {};
}

}  // namespace

void AddRestore(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<RestoreArguments>();
  CLI::App* restore = app.add_subcommand(
      "restore",
      "Make a data directory from a backup. It is verified as a whole and then has its name; it "
      "never\nreplaces a ledger. Keys, tokens and pending registrations from before are void, "
      "registered\ngateways go on and are to be accepted. From a data directory that has lost its "
      "end, it takes what\nis intact, says what that gives up, and asks");
  restore
      ->add_option("SOURCE", given->source,
                   "Directory of the backup, or a data directory that nobody serves")
      ->required();
  restore
      ->add_option("--data", given->data,
                   "Data directory to be made. It may hold secrets/ and subjects/, when SOURCE "
                   "does not")
      ->required();
  restore->add_option("--passphrase-file", given->passphrase_file,
                      "Its first line opens the secrets and sealing keys in the backup");
  restore->add_option("--vkey", given->key,
                      "The verifier key (vkey) of the ledger, or @FILE: nothing else may have "
                      "signed the backup");
  restore
      ->add_option("--checkpoint", given->checkpoint,
                   "File with the highest checkpoint known: the backup must agree with it, and "
                   "it is recorded")
      ->check(CLI::ExistingFile);
  AddWitnesses(restore, &given->guards,
               "Who has cosigned the ledger's checkpoints, as VKEY@URL: asked for the highest one, "
               "as for --checkpoint; may be repeated. For a data directory, those of its last "
               "start unless given");
  restore->add_flag("--without-subjects", given->without_subjects,
                    "The sealing keys are lost: what was sealed can no longer be read");
  AddCaFiles(restore, &given->ca, "--", kSameCaHelp);
  AddYes(restore, &given->yes);
  restore->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
