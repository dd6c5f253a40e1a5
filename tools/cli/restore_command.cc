#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/crypto/files.h"
#include "core/crypto/random.h"
#include "core/rocks/rocks.h"
#include "tools/backup/restore.h"
#include "tools/cli/ca_files.h"
#include "tools/cli/commands.h"
#include "tools/cli/passphrase.h"
#include "tools/cli/progress.h"
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
  CaFiles ca;
  bool without_subjects = false;
};

// The verifier key itself, or the first line of a file: "@FILE".
CliResult<std::optional<log::NoteKey>> ReadKey(const std::string& given) {
  if (given.empty()) return std::optional<log::NoteKey>();
  std::string text = given;
  if (given.front() == '@') {
    const auto file = crypto::ReadSmallFile(given.substr(1));
    if (!file) return Fail(ExitCode::kFailed, file.error().detail);
    text = file->substr(0, file->find_first_of("\r\n"));
  }
  auto key = log::ParseVerifierKey(text);
  if (!key) return Fail(ExitCode::kUsage, "--vkey: " + key.error().detail + ".");
  return std::optional(*std::move(key));
}

void Tell(const RestoreReport& report, const RestoreArguments& given, std::ostream& out) {
  out << fmt::format("Restored {} events to {} as the new epoch {}.\n", report.backup.size,
                     given.data, report.epoch);
  if (report.known.size > report.backup.size) {
    out << fmt::format("Lost: {} events after the backup, which the checkpoint has seen.\n",
                       report.known.size - report.backup.size);
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
                         .without_subjects = given.without_subjects,
                         .scratch = fs::temp_directory_path()};
  if (!given.checkpoint.empty()) {
    auto note = crypto::ReadSmallFile(given.checkpoint);
    if (!note) return Fail(ExitCode::kFailed, note.error().detail);
    options.checkpoint = *std::move(note);
  }
  if (io.err_terminal) options.progress = ShowProgress(io.err, "restored");
  crypto::SystemRandom random;
  const auto report = Restore(options, rocks::Resources::Create(), random);
  if (!report) return Fail(report.error());
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
      "registered\ngateways go on and are to be accepted");
  restore->add_option("SOURCE", given->source, "Directory of the backup")->required();
  restore
      ->add_option("--data", given->data,
                   "Data directory to be made. It may hold secrets/ and subjects/, when the "
                   "backup does not")
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
  restore->add_flag("--without-subjects", given->without_subjects,
                    "The sealing keys are lost: what was sealed can no longer be read");
  AddCaFiles(restore, &given->ca, "--", kSameCaHelp);
  restore->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
