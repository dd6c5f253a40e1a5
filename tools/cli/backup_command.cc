#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/base/base64.h"
#include "core/crypto/random.h"
#include "core/rocks/rocks.h"
#include "tools/backup/backup.h"
#include "tools/backup/tar.h"
#include "tools/cli/commands.h"
#include "tools/cli/passphrase.h"
#include "tools/cli/progress.h"
#include "tools/ledger/data_directory.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::uint64_t kMaxRate = 1'000'000;

struct BackupArguments {
  std::string data;
  std::string destination;
  std::string passphrase_file;
  std::uint64_t rate = 0;
};

// A directory for a backup that is packed and then forgotten.
class Passing {
 public:
  Passing() {
    std::string name = (std::filesystem::temp_directory_path() / "latchkey-backup-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Passing() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  const std::filesystem::path& path() const { return path_; }  // empty: it could not be made

 private:
  std::filesystem::path path_;
};

CliResult<void> Run(const BackupArguments& given, Io& io) {
  const auto data = OpenDataDirectory(given.data, io.err);
  if (!data) return data.error();
  auto passphrase = ReadPassphrase(given.passphrase_file);
  if (!passphrase) return passphrase.error();
  std::optional<Passing> passing;
  if (given.destination == "-") {
    if (io.width > 0) {
      return Fail(ExitCode::kUsage, "A tar archive is not for a terminal: redirect the output.");
    }
    passing.emplace();
    if (passing->path().empty()) {
      return Fail(ExitCode::kFailed, "There is no room for temporary files: set TMPDIR.");
    }
  }
  BackupOptions options{*data, passing ? passing->path() : std::filesystem::path(given.destination),
                        CredentialsDirectory(), *std::move(passphrase), given.rate * kMegabyte};
  if (io.err_terminal) options.progress = ShowProgress(io.err, "backed up");
  crypto::SystemRandom random;
  const auto report = BackUp(options, rocks::Resources::Create(), random);
  if (!report) return Fail(report.error());
  const std::string words =
      fmt::format("Backed up {} events to {}, {} of them new, root {}.\n", report->head.size,
                  passing ? std::string("a tar archive") : given.destination, report->added,
                  text::ToBase64(report->head.root));
  if (!report->confidential) {
    io.err << "Note: secrets/ and subjects/ are not in this backup; a restore needs them. Keep a "
              "copy elsewhere, or give --passphrase-file.\n";
  }
  if (!passing) return Deliver(io, words, words);
  if (Status packed = WriteTar(passing->path(), io.out); !packed) return Fail(packed.error());
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
