// Recovery: replay, backups beside writes, and a restore up to its first answer. Backups and
// restores run as the commands that a person would type.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/base/units.h"
#include "core/crypto/files.h"
#include "core/log/rocks_log.h"
#include "tools/bench/fill.h"
#include "tools/bench/renames.h"
#include "tools/bench/run.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint64_t kEvents = 200'000;
constexpr std::uint64_t kQuickEvents = 3'000;
// Events of a gateway: two when it is added, and of each tenth three more when it registers.
constexpr double kEventsOfGateway = 2.3;
constexpr std::uint64_t kRegisteredShare = 10;
constexpr unsigned kRateRounds = 3;
constexpr std::uint64_t kMaxRateMegabytes = 20;
constexpr double kAllowedSeconds = 60;  // for a restore of ten million events, beyond a copy
constexpr std::chrono::hours kRunPatience{2};

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::uint64_t BytesIn(const fs::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

Status SyncFile(const fs::path& file) {
  const int number = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = number >= 0 && ::fsync(number) == 0;
  if (number >= 0) ::close(number);
  return synced ? Status() : Refuse(ErrorCode::kIo, "a copied file cannot be synced");
}

// Seconds that copying every file of `from` takes, each synced: reading and writing its bytes once.
Result<double> CopyPlainly(const fs::path& from, const fs::path& to) {
  const auto begin = std::chrono::steady_clock::now();
  std::error_code failed;
  fs::copy(from, to, fs::copy_options::recursive, failed);
  if (failed) return Refuse(ErrorCode::kIo, "the backup cannot be copied: " + failed.message());
  for (const auto& entry : fs::recursive_directory_iterator(to)) {
    if (!entry.is_regular_file()) continue;
    if (Status synced = SyncFile(entry.path()); !synced) return synced.error();
  }
  return SecondsSince(begin);
}

// The ledger, its backup, and what is measured of them.
class Recovery {
 public:
  explicit Recovery(BenchRun& run) : run_(run), data_(run.Scratch("recovery")) {}

  Result<Figures> Measure() {
    return Fill()
        .and_then([&] { return Replay(); })
        .and_then([&] { return BackUpWhole(); })
        .and_then([&] { return WriteBesideBackup(); })
        .and_then([&] { return BackUpAddition(); })
        .and_then([&] { return RestoreAndServe(); })
        .map([&] { return std::move(figures_); });
  }

 private:
  Status Fill() {
    const std::uint64_t wanted =
        run_.events() != 0 ? run_.events() : run_.Pick(kEvents, kQuickEvents);
    const auto gateways = std::max<std::uint64_t>(
        static_cast<std::uint64_t>(std::ceil(static_cast<double>(wanted) / kEventsOfGateway)),
        kBenchConnections);
    run_.Say(fmt::format("filling a ledger with {} events", wanted));
    const Status filled = FillLedger(data_, gateways, gateways / kRegisteredShare,
                                     [&](Ledger& ledger) { backed_up_ = ledger.log().size(); });
    if (!filled) return filled;
    passphrase_ = run_.Scratch("passphrase");
    return crypto::WriteFileDurably(passphrase_, "only for this bench\n", true);
  }

  Status Replay() {
    const fs::path scratch = run_.Scratch("rebuilt");
    const auto figure = MeasureReplay(run_, data_, scratch);
    if (!figure) return figure.error();
    figures_.push_back(*figure);
    fs::remove_all(scratch);
    return {};
  }

  Result<ChildProcess> Start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), run_.program());
    const fs::path log = run_.Scratch("recovery.log");
    return ChildProcess::Start(
        {.arguments = std::move(arguments), .output_log = log, .error_log = log});
  }

  // Seconds until the command has ended well.
  Result<double> Time(const std::vector<std::string>& arguments) const {
    const auto begin = std::chrono::steady_clock::now();
    auto process = Start(arguments);
    if (!process) return process.error();
    const auto code = process->Wait(kRunPatience);
    if (code == 0) return SecondsSince(begin);
    return Refuse(ErrorCode::kIo,
                  fmt::format("latchkey {} ended with {}", arguments.front(), code.value_or(-1)));
  }

  std::vector<std::string> BackupTo(const fs::path& destination) const {
    return {"backup", destination, "--data", data_, "--passphrase-file", passphrase_};
  }

  std::vector<std::string> RatedBackupTo(const fs::path& destination) const {
    auto arguments = BackupTo(destination);
    arguments.insert(arguments.end(), {"--rate", std::to_string(rate_)});
    return arguments;
  }

  Status BackUpWhole() {
    run_.Say("a backup at full speed, and a plain copy of it");
    const auto took = Time(BackupTo(backup_));
    if (!took) return took.error();
    const double megabytes = static_cast<double>(BytesIn(backup_)) / kMegabyte;
    const fs::path copy = run_.Scratch("copied");
    const auto copied = CopyPlainly(backup_, copy);
    if (!copied) return copied.error();
    fs::remove_all(copy);
    figures_.push_back({.what = "a first backup",
                        .value = megabytes / *took,
                        .unit = " MB/s",
                        .floor = static_cast<double>(kMaxRateMegabytes),
                        .baseline = "a plain copy of it",
                        .baseline_value = megabytes / *copied,
                        .limit = fmt::format("{:.2f} s for {:.1f} MB: each event is read, hashed, "
                                             "written, and read back to be hashed again; deriving "
                                             "a key from the passphrase is part of it.",
                                             *took, megabytes)});
    // Slow enough to last while writes are measured beside it.
    const double lasting = megabytes / (2 * std::chrono::duration<double>(window_).count());
    rate_ = std::clamp(static_cast<std::uint64_t>(lasting), std::uint64_t{1}, kMaxRateMegabytes);
    return MeasureRate(megabytes);
  }

  Status MeasureRate(double megabytes) {
    run_.Say(fmt::format("a backup at {} MB/s", rate_));
    const fs::path rated = run_.Scratch("rated");
    const auto took = Time(RatedBackupTo(rated));
    if (!took) return took.error();
    fs::remove_all(rated);
    const auto rate = static_cast<double>(rate_);
    figures_.push_back({.what = fmt::format("a first backup with --rate {}", rate_),
                        .value = megabytes / *took,
                        .unit = " MB/s",
                        .floor = 1.1 * rate,
                        .at_most = true,
                        .baseline = "its rate",
                        .baseline_value = rate,
                        .limit = "The rate that was asked for. Starting, reading back and deriving "
                                 "a key from the passphrase take their time too."});
    return {};
  }

  Result<double> MeasureWrites(LoadClient& client, const ServedLedger& server, Renames& renames) {
    const auto measured = MeasureLoad(
        client, server, [&](unsigned i) { return renames.Next(i); }, window_);
    if (!measured) return measured.error();
    return measured->report.PerSecond();
  }

  Status WriteBesideBackup() {
    auto server = run_.Serve(data_);
    if (!server) return server.error();
    auto client = LoadClient::Connect(server->Management(kBenchConnections));
    if (!client) return client.error();
    Renames renames(server->authorization());
    // By turns, so that other load on the machine affects both.
    double without = 0;
    double with = 0;
    for (unsigned round = 0; round < kRateRounds; ++round) {
      run_.Say(fmt::format("writes by turns without and with a backup at {} MB/s, round {} of {}",
                           rate_, round + 1, kRateRounds));
      const auto alone = MeasureWrites(**client, *server, renames);
      if (!alone) return alone.error();
      const fs::path beside = run_.Scratch("beside");
      auto backup = Start(RatedBackupTo(beside));
      if (!backup) return backup.error();
      const auto rated = MeasureWrites(**client, *server, renames);
      if (!rated) return rated.error();
      backup->Kill();
      fs::remove_all(beside);
      without += *alone / kRateRounds;
      with += *rated / kRateRounds;
    }
    (void)server->Stop();
    figures_.push_back({.what = fmt::format("writes beside a backup with --rate {}", rate_),
                        .value = with,
                        .unit = "/s",
                        .floor = 0.9 * without,
                        .baseline = "the same without it",
                        .baseline_value = without,
                        .limit = "The floor is 90% of the speed without it. The backup takes "
                                 "processor time and a share of the disk."});
    return {};
  }

  // Bytes of the events that the ledger has from `from` on, and their number.
  Result<std::pair<std::uint64_t, std::uint64_t>> EventBytesFrom(std::uint64_t from) const {
    const auto resources = rocks::Resources::Create();
    const auto log =
        log::RocksLog::Open(data_ / "ledger", resources, {.mode = log::RocksLog::Mode::kReadOnly});
    if (!log) return log.error();
    std::uint64_t bytes = 0;
    const Status scanned =
        (*log)->Scan(from, (*log)->size(), [&](std::uint64_t, std::string_view entry) {
          bytes += entry.size();
          return true;
        });
    if (!scanned) return scanned.error();
    return std::pair(bytes, (*log)->size() - from);
  }

  Status BackUpAddition() {
    run_.Say("a backup of what was written since");
    const std::uint64_t before = BytesIn(backup_);
    const auto took = Time(BackupTo(backup_));
    if (!took) return took.error();
    const auto grown = static_cast<double>(BytesIn(backup_) - before);
    const auto added = EventBytesFrom(backed_up_);
    if (!added) return added.error();
    const auto bytes = static_cast<double>(added->first);
    figures_.push_back(
        {.what = fmt::format("growth of the backup by {} new events", added->second),
         .value = grown / kMegabyte,
         .unit = " MB",
         .floor = 1.1 * bytes / kMegabyte,
         .at_most = true,
         .baseline = "the events themselves",
         .baseline_value = bytes / kMegabyte,
         .limit =
             fmt::format("Each event and its length, and no other volume; in {:.2f} s.", *took)});
    return {};
  }

  Status RestoreAndServe() {
    run_.Say("a plain copy of the backup, and a restore");
    const fs::path copy = run_.Scratch("copied");
    const auto copied = CopyPlainly(backup_, copy);
    if (!copied) return copied.error();
    const fs::path restored = run_.Scratch("restored");
    const auto took =
        Time({"restore", backup_, "--data", restored, "--passphrase-file", passphrase_});
    if (!took) return took.error();
    auto server = run_.Serve(restored);
    if (!server) return server.error();
    const double started = server->start_up().count();
    (void)server->Stop();
    figures_.push_back(
        {.what = "a restore, from the command to the first answer of its server",
         .value = *took + started,
         .unit = " s",
         .floor = *copied + kAllowedSeconds,
         .at_most = true,
         .baseline = "a plain copy of the backup",
         .baseline_value = *copied,
         .limit = fmt::format("The bound is 60 s beyond a plain copy. The restore took {:.2f} s: "
                              "events are written, replayed and verified; {:.2f} s until the "
                              "server was ready.",
                              *took, started)});
    return {};
  }

  BenchRun& run_;
  const fs::path data_;
  const fs::path backup_ = run_.Scratch("backup");
  const std::chrono::milliseconds window_ = run_.Pick(4'000ms, 300ms);  // of a load
  fs::path passphrase_;
  std::uint64_t rate_ = 1;       // megabytes a second
  std::uint64_t backed_up_ = 0;  // events in the first backup
  Figures figures_;
};

}  // namespace

Result<Figures> BenchRecovery(BenchRun& run) { return Recovery(run).Measure(); }

}  // namespace latchkey::tools
