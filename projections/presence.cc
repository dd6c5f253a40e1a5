#include "projections/presence.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "projections/stored_rows.h"

namespace latchkey::projections {
namespace {

using namespace std::chrono_literals;

// Rows: 's' ‖ gateway → due ‖ at ‖ version, counted ‖ address, sealed; 'd' ‖ due ‖ gateway → "";
// 'u' ‖ token → at; 'm' ‖ gateway → for each message number ‖ at ‖ certificate; "p" → position.
constexpr std::size_t kGatewayBytes = 5;
constexpr std::size_t kCertificateBytes = 32;  // of its SHA-256
constexpr std::size_t kDeliveryBytes = kGatewayBytes + kTimeBytes + kCertificateBytes;
constexpr std::size_t kCountBytes = 2;

constexpr std::string_view kPresenceDirectory = "the presence directory";
constexpr std::string_view kPositionKey = "p";
constexpr std::size_t kStripes = 64;            // of locks, by gateway
constexpr std::size_t kMaxDueOfSweep = 50'000;  // postponed or reported by one sweep
constexpr Micros kAskAgain = 10s;               // but not later than a grace
constexpr Micros kUseStep = 1min;               // between two records of the use of one token
constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kUsesOfStripe = 1'024;    // remembered, so that most uses cost no read
constexpr std::uint64_t kWalBytes = 32u << 20;  // read back at start

struct SeenRow {
  std::int64_t due_us = 0;  // 0: not watched
  std::int64_t at_us = 0;   // 0: never seen
  std::string version;
  std::string address;
};

std::string SeenKey(std::uint64_t gateway) {
  std::string key = "s";
  PutNumber(gateway, kGatewayBytes, &key);
  return key;
}

std::string DueKey(std::int64_t due_us, std::uint64_t gateway) {
  std::string key = "d";
  PutNumber(static_cast<std::uint64_t>(due_us), kTimeBytes, &key);
  PutNumber(gateway, kGatewayBytes, &key);
  return key;
}

std::string UseKey(std::uint64_t token) {
  std::string key = "u";
  PutNumber(token, kGatewayBytes, &key);
  return key;
}

std::string DeliveriesKey(std::uint64_t gateway) {
  std::string key = "m";
  PutNumber(gateway, kGatewayBytes, &key);
  return key;
}

std::string Encode(const SeenRow& row) {
  std::string bytes;
  PutNumber(static_cast<std::uint64_t>(row.due_us), kTimeBytes, &bytes);
  PutNumber(static_cast<std::uint64_t>(row.at_us), kTimeBytes, &bytes);
  PutNumber(row.version.size(), kCountBytes, &bytes);
  return bytes.append(row.version).append(row.address);
}

// An empty row for bytes that are not a row.
SeenRow DecodeSeen(std::string_view bytes) {
  constexpr std::size_t kFixed = 2 * kTimeBytes + kCountBytes;
  if (bytes.size() < kFixed) return {};
  const auto version_bytes =
      static_cast<std::size_t>(GetNumber(bytes.substr(2 * kTimeBytes, kCountBytes)));
  if (bytes.size() < kFixed + version_bytes) return {};
  SeenRow row;
  row.due_us = static_cast<std::int64_t>(GetNumber(bytes.substr(0, kTimeBytes)));
  row.at_us = static_cast<std::int64_t>(GetNumber(bytes.substr(kTimeBytes, kTimeBytes)));
  row.version = bytes.substr(kFixed, version_bytes);
  row.address = bytes.substr(kFixed + version_bytes);
  return row;
}

rocksdb::Options DatabaseOptions(const rocks::Resources& resources) {
  rocksdb::Options options(rocks::CommonOptions(resources), rocks::CommonColumnOptions(resources));
  options.max_total_wal_size = kWalBytes;
  return options;
}

Result<std::unique_ptr<rocksdb::DB>> OpenDatabase(const std::filesystem::path& directory,
                                                  const rocks::Resources& resources) {
  const rocksdb::Options options = DatabaseOptions(resources);
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &db);
  if (!status.ok() && rocks::FromRocks(status, kPresenceDirectory).code == ErrorCode::kUnusable) {
    status = rocksdb::DestroyDB(directory.string(), options);
    if (status.ok()) status = rocksdb::DB::Open(options, directory.string(), &db);
  }
  if (!status.ok()) return rocks::FromRocks(status, kPresenceDirectory);
  return std::unique_ptr<rocksdb::DB>(db);
}

}  // namespace

struct Presence::Impl {
  Impl(std::filesystem::path where, const rocks::Resources& with, Micros grace_period)
      : directory(std::move(where)), resources(with), grace(grace_period) {}

  // As at a start. Nobody else uses the database.
  Status Open(Time now);

  std::mutex& LockOf(std::uint64_t gateway) { return stripes[gateway % kStripes]; }

  // A failed read counts as no row: this is soft state.
  std::optional<std::string> Get(const std::string& key) const {
    const std::shared_lock lock(reopening);
    std::string value;
    if (db == nullptr || !db->Get(rocksdb::ReadOptions(), key, &value).ok()) return std::nullopt;
    return value;
  }
  void Commit(rocksdb::Status made, rocksdb::WriteBatch* batch) {
    const std::shared_lock lock(reopening);
    if (made.ok() && db != nullptr) made = db->Write(rocksdb::WriteOptions(), batch);
    if (!made.ok() || db == nullptr) failed = true;
  }

  SeenRow Read(std::uint64_t gateway) const {
    const std::optional<std::string> bytes = Get(SeenKey(gateway));
    return bytes ? DecodeSeen(*bytes) : SeenRow();
  }

  // Writes the row with another due time (0: none), and the due index with it. Under the lock.
  void Write(std::uint64_t gateway, SeenRow* row, std::int64_t due_us) {
    rocksdb::WriteBatch batch;
    rocksdb::Status status;
    if (row->due_us != due_us) {
      if (row->due_us != 0) status = batch.Delete(DueKey(row->due_us, gateway));
      if (status.ok() && due_us != 0) status = batch.Put(DueKey(due_us, gateway), "");
      row->due_us = due_us;
    }
    if (status.ok()) status = batch.Put(SeenKey(gateway), Encode(*row));
    Commit(status, &batch);
    if (due_us != 0) MoveFront(due_us);
  }

  // Moves the front back to `due_us`, if it is later.
  void MoveFront(std::int64_t due_us) {
    std::int64_t seen = front_us;
    while (due_us < seen && !front_us.compare_exchange_weak(seen, due_us)) {
    }
  }

  std::int64_t DueAfter(std::int64_t at_us) const {
    return std::max(at_us, started_us.load()) + grace.count();
  }

  std::vector<std::pair<std::int64_t, std::uint64_t>> Due(std::int64_t from_us,
                                                          std::int64_t until_us) const;
  bool Look(std::uint64_t gateway, std::int64_t due_us, Time now,
            const std::function<std::optional<bool>(Time last_seen)>& ask);

  const std::filesystem::path directory;
  const rocks::Resources resources;
  const Micros grace;
  mutable std::shared_mutex reopening;  // held by all who use the database
  std::unique_ptr<rocksdb::DB> db;      // null: could not be opened again
  std::atomic<std::int64_t> started_us{0};
  std::array<std::mutex, kStripes> stripes;
  // By token, under the lock of its number: the uses last recorded by this process.
  std::array<std::unordered_map<std::uint64_t, Time>, kStripes> uses;
  std::atomic<std::int64_t> front_us{0};  // no due time is before this
  std::atomic<bool> failed{false};        // new records are being lost
};

Status Presence::Impl::Open(Time now) {
  db.reset();  // before another: a directory is open once
  auto opened = OpenDatabase(directory, resources);
  if (!opened) return opened.error();
  db = *std::move(opened);
  started_us = ToMicros(now);
  front_us = 0;
  failed = false;
  return {};
}

// The earliest due times in [from, until).
std::vector<std::pair<std::int64_t, std::uint64_t>> Presence::Impl::Due(
    std::int64_t from_us, std::int64_t until_us) const {
  const std::shared_lock lock(reopening);
  std::vector<std::pair<std::int64_t, std::uint64_t>> due;
  if (db == nullptr) return due;
  const std::string until_key = DueKey(until_us, 0);
  const rocksdb::Slice until(until_key);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &until;
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(options));
  for (it->Seek(DueKey(from_us, 0)); it->Valid() && due.size() < kMaxDueOfSweep; it->Next()) {
    const std::string_view key = ToView(it->key()).substr(1);
    due.emplace_back(GetNumber(key.substr(0, kTimeBytes)), GetNumber(key.substr(kTimeBytes)));
  }
  return due;
}

// Checks a gateway whose due time has come: postpones it, or reports it. False when `ask` gave no
// answer: then nothing has changed.
bool Presence::Impl::Look(std::uint64_t gateway, std::int64_t due_us, Time now,
                          const std::function<std::optional<bool>(Time last_seen)>& ask) {
  std::unique_lock lock(LockOf(gateway));
  SeenRow row = Read(gateway);
  if (row.due_us != due_us) {  // left behind by a crash
    rocksdb::WriteBatch batch;
    Commit(batch.Delete(DueKey(due_us, gateway)), &batch);
    return true;
  }
  row.at_us = std::min(row.at_us, ToMicros(now));  // as far as can be known, when it lies ahead
  const std::int64_t at_us = row.at_us;
  std::int64_t next_us = DueAfter(at_us);
  if (next_us <= ToMicros(now)) {
    lock.unlock();
    const std::optional<bool> connected = ask(FromMicros(at_us != 0 ? at_us : started_us.load()));
    if (!connected) return false;
    lock.lock();
    row = Read(gateway);
    if (row.at_us != at_us) {
      next_us = DueAfter(row.at_us);  // it came after all
    } else {
      next_us = *connected ? ToMicros(now + std::min(kAskAgain, grace)) : 0;
    }
  }
  Write(gateway, &row, next_us);
  return true;
}

Result<std::unique_ptr<Presence>> Presence::Open(const std::filesystem::path& directory,
                                                 const rocks::Resources& resources, Micros grace,
                                                 Time started) {
  auto impl = std::make_unique<Impl>(directory, resources, grace);
  if (const Status opened = impl->Open(started); !opened) return opened.error();
  return std::unique_ptr<Presence>(new Presence(std::move(impl)));
}

Presence::Presence(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Presence::~Presence() = default;

void Presence::Record(std::uint64_t gateway, const Seen& seen) {
  SeenRow row{0, ToMicros(seen.at), seen.version, ""};
  row.version.resize(
      std::min<std::size_t>(row.version.size(), std::numeric_limits<std::uint16_t>::max()));
  if (seen.address) row.address = seen.address->SerializeAsString();
  const std::lock_guard lock(impl_->LockOf(gateway));
  row.due_us = impl_->Read(gateway).due_us;
  impl_->Write(gateway, &row, row.due_us != 0 ? row.due_us : impl_->DueAfter(row.at_us));
}

std::optional<Seen> Presence::Get(std::uint64_t gateway) const {
  SeenRow row = impl_->Read(gateway);
  if (row.at_us == 0) return std::nullopt;
  Seen seen{FromMicros(row.at_us), std::nullopt, std::move(row.version)};
  events::Sealed sealed;
  if (!row.address.empty() && sealed.ParseFromString(row.address)) seen.address = sealed;
  return seen;
}

void Presence::RecordUse(std::uint64_t token, Time at) {
  const std::lock_guard lock(impl_->LockOf(token));
  auto& uses = impl_->uses[token % kStripes];
  const auto found = uses.find(token);
  if (found != uses.end() && at > found->second - kUseStep && at < found->second + kUseStep) return;
  if (uses.size() == kUsesOfStripe && found == uses.end()) uses.clear();
  uses[token] = at;
  std::string value;
  PutNumber(static_cast<std::uint64_t>(ToMicros(at)), kTimeBytes, &value);
  rocksdb::WriteBatch batch;
  impl_->Commit(batch.Put(UseKey(token), value), &batch);
}

std::optional<Time> Presence::LastUse(std::uint64_t token) const {
  const std::optional<std::string> value = impl_->Get(UseKey(token));
  if (!value || value->size() != kTimeBytes) return std::nullopt;
  return FromMicros(static_cast<std::int64_t>(GetNumber(*value)));
}

void Presence::RecordDeliveries(std::uint64_t gateway, const std::vector<Delivery>& deliveries) {
  std::string bytes;
  for (const Delivery& one : deliveries) {
    PutNumber(one.message, kGatewayBytes, &bytes);
    PutNumber(static_cast<std::uint64_t>(ToMicros(one.at)), kTimeBytes, &bytes);
    bytes.append(one.certificate_sha256);
  }
  rocksdb::WriteBatch batch;
  impl_->Commit(bytes.empty() ? batch.Delete(DeliveriesKey(gateway))
                              : batch.Put(DeliveriesKey(gateway), bytes),
                &batch);
}

std::vector<Delivery> Presence::Deliveries(std::uint64_t gateway) const {
  std::vector<Delivery> deliveries;
  const std::string all = impl_->Get(DeliveriesKey(gateway)).value_or("");
  for (std::string_view rest = all; rest.size() >= kDeliveryBytes;
       rest.remove_prefix(kDeliveryBytes)) {
    deliveries.push_back(
        {GetNumber(rest.substr(0, kGatewayBytes)),
         FromMicros(static_cast<std::int64_t>(GetNumber(rest.substr(kGatewayBytes, kTimeBytes)))),
         std::string(rest.substr(kGatewayBytes + kTimeBytes, kCertificateBytes))});
  }
  return deliveries;
}

void Presence::RecordPosition(const StoredPosition& position) {
  rocksdb::WriteBatch batch;
  impl_->Commit(batch.Put(ToSlice(kPositionKey), Encode(position)), &batch);
}

std::optional<StoredPosition> Presence::PositionIn(const std::filesystem::path& directory,
                                                   const rocks::Resources& resources) {
  const rocksdb::Options options = DatabaseOptions(resources);
  if (!options.env->FileExists((directory / "CURRENT").string()).ok()) return std::nullopt;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(options, directory.string(), &opened).ok()) return std::nullopt;
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::string bytes;
  if (!db->Get(rocksdb::ReadOptions(), ToSlice(kPositionKey), &bytes).ok()) return std::nullopt;
  return DecodePosition(bytes);
}

void Presence::Watch(std::uint64_t gateway) {
  const std::lock_guard lock(impl_->LockOf(gateway));
  SeenRow row = impl_->Read(gateway);
  if (row.due_us == 0) impl_->Write(gateway, &row, impl_->DueAfter(row.at_us));
}

void Presence::Sweep(Time now, std::size_t limit,
                     const std::function<bool(std::uint64_t gateway, Time last_seen)>& silent) {
  const std::int64_t now_us = ToMicros(now);
  std::size_t asked = 0;
  const auto look = [&](std::int64_t due_us, std::uint64_t gateway) {
    return impl_->Look(gateway, due_us, now, [&](Time last_seen) -> std::optional<bool> {
      if (asked == limit || impl_->failed) return std::nullopt;
      ++asked;
      return silent(gateway, last_seen);
    });
  };
  // A due time more than a grace from now was set while the clock was ahead.
  for (const auto& [due_us, gateway] : impl_->Due(now_us + impl_->grace.count() + 1, kNoTime)) {
    if (!look(due_us, gateway)) return;
  }
  // No gateway can have been silent for a whole grace yet.
  if (now_us < impl_->DueAfter(0)) return;
  // Before reading: an earlier due time that is written meanwhile moves the front back again.
  // Begins where the last sweep ended, so as not to scan over the tombstones of rows it has moved.
  const auto due = impl_->Due(impl_->front_us.exchange(now_us), now_us + 1);
  for (const auto& [due_us, gateway] : due) {
    if (!look(due_us, gateway)) return impl_->MoveFront(due_us);
  }
  if (due.size() == kMaxDueOfSweep) impl_->MoveFront(due.back().first);
}

void Presence::Restart(Time now) {
  impl_->started_us = ToMicros(now);
  impl_->front_us = 0;
}

bool Presence::failed() const { return impl_->failed; }

Status Presence::Reopen(Time now) {
  const std::unique_lock lock(impl_->reopening);
  return impl_->Open(now);
}

}  // namespace latchkey::projections
