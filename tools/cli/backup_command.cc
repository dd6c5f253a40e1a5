#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/base64.h"
#include "core/base/units.h"
#include "core/crypto/random.h"
#include "core/rocks/rocks.h"
#include "tools/backup/backup.h"
#include "tools/backup/tar.h"
#include "tools/cli/commands.h"
#include "tools/cli/passphrase.h"
#include "tools/cli/progress.h"
#include "tools/cli/remember.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/secret_files.h"
#include "tools/process/scratch_directory.h"

namespace latchkey::tools {
namespace {

constexpr std::uint64_t kMaxRate = 1'000'000;

namespace fs = std::filesystem;

struct BackupArguments {
  std::string data;
  std::string destination;
  std::string passphrase_file;
  std::uint64_t rate = 0;
};

CliResult<BackupReport> Write(const BackupArguments& given, const fs::path& data,
                              const fs::path& destination, Io& io) {
  auto passphrase = ReadPassphrase(given.passphrase_file);
  if (!passphrase) return passphrase.error();
  BackupOptions options{data, destination, CredentialsDirectory(), *std::move(passphrase),
                        given.rate * kMegabyte};
  if (io.err_terminal) options.progress = ShowProgress(io.err, "backed up");
  crypto::SystemRandom random;
  auto report = BackUp(options, rocks::Resources::Create(), random);
  if (!report) return Fail(report.error());
  if (!report->confidential) {
    io.err << "Note: secrets/ and subjects/ are not in this backup; a restore needs them. Keep a "
              "copy elsewhere, or give --passphrase-file.\n";
  }
  return *report;
}

CliResult<BackupReport> WriteArchive(const BackupArguments& given, const fs::path& data, Io& io) {
  const auto scratch = ScratchDirectory::Make(fs::temp_directory_path(), "latchkey-backup");
  if (!scratch) return Fail(ExitCode::kFailed, scratch.error().detail + " Set TMPDIR.");
  // A directory of its own: that of the scratch must not be taken for a backup that is extended.
  const fs::path made = scratch->path() / "backup";
  auto report = Write(given, data, made, io);
  if (!report) return report;
  if (Status packed = WriteTar(made, io.out); !packed) return Fail(packed.error());
  return report;
}

CliResult<void> Run(const BackupArguments& given, Io& io) {
  const bool archive = given.destination == "-";
  if (archive && io.width > 0) {
    return Fail(ExitCode::kUsage, "A tar archive is not for a terminal: redirect the output.");
  }
  const auto data = OpenDataDirectory(given.data, io.err);
  if (!data) return data.error();
  const auto report =
      archive ? WriteArchive(given, *data, io) : Write(given, *data, given.destination, io);
  const std::string place = archive ? "-" : fs::absolute(given.destination).string();
  const auto size = report ? CliResult<std::uint64_t>(report->head.size) : report.error();
  Remember(*data, &log::RecoveryRecord::backup, place, size, io.err);
  if (!report) return report.error();
  const std::string words =
      fmt::format("Backed up {} events to {}, {} of them new, root {}.\n", report->head.size,
                  archive ? "a tar archive" : given.destination, report->added,
                  text::ToBase64(report->head.root));
  if (!archive) return Deliver(io, words, words);
  io.err << words;
  return {};
}

}  // namespace

void AddBackup(CLI::App& app, CommandContext& context) {
  const auto given = std::make_shared<BackupArguments>();
  CLI::App* backup =
      app.add_subcommand("backup",
                         "Copy the ledger to a directory, beside a running server; later backups "
                         "to the same directory\n"
                         "add what is new. What was written is read back and verified");
  backup
      ->add_option("DEST", given->destination,
                   "Directory of the backup, created when it is missing; - for a tar archive on "
                   "standard output, which needs room in TMPDIR")
      ->required();
  backup->add_option("--data", given->data, "Data directory")->required();
  backup->add_option("--passphrase-file", given->passphrase_file,
                     "Back up secrets and sealing keys too, encrypted with the first line of this "
                     "file");
  backup->add_option("--rate", given->rate, "At most this many megabytes a second")
      ->check(CLI::Range(std::uint64_t{1}, kMaxRate));
  backup->callback([given, &context] { context.Finish(Run(*given, context.io)); });
}

}  // namespace latchkey::tools
