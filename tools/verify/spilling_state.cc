#include "tools/verify/spilling_state.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstdlib>
#include <utility>

#include "core/base/check.h"
#include "core/crypto/files.h"
#include "core/rocks/rocks.h"
#include "projections/sorted_rows.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kWhat = "the scratch database";

}  // namespace

SpillingState::SpillingState(std::filesystem::path scratch, std::size_t max_rows)
    : scratch_(std::move(scratch)), max_rows_(max_rows) {}

SpillingState::~SpillingState() {
  database_.reset();
  std::error_code ignored;
  if (!own_.empty()) std::filesystem::remove_all(own_, ignored);
}

std::optional<std::string> SpillingState::Get(std::string_view key) const {
  if (const auto found = rows_.find(key); found != rows_.end()) return found->second;
  if (database_ == nullptr) return std::nullopt;
  std::string value;
  const rocksdb::Status got =
      database_->Get(rocksdb::ReadOptions(), rocksdb::Slice(key.data(), key.size()), &value);
  Check(got.ok() || got.IsNotFound(), "a row just written can be read");
  if (!got.ok()) return std::nullopt;
  return value;
}

Status SpillingState::Write(std::vector<domain::Change> changes) {
  for (domain::Change& change : changes) {
    rows_.insert_or_assign(std::move(change.key), std::move(change.value));
  }
  if (kept_ || !full()) return {};
  if (database_ == nullptr) {
    if (Status opened = MakeOwnDirectory().and_then([&] { return OpenIn(own_); }); !opened) {
      return opened;
    }
  }
  return Spill();
}

Status SpillingState::MakeOwnDirectory() {
  std::string own = scratch_ / "latchkey-verify-XXXXXX";
  if (::mkdtemp(own.data()) == nullptr) {
    return Refuse(ErrorCode::kIo,
                  "The state of this ledger is too large for memory, and no directory can be made "
                  "for it. Name one that can be written to (--scratch).");
  }
  own_ = own;
  return {};
}

Status SpillingState::OpenIn(const std::filesystem::path& directory) {
  const rocks::Resources resources = rocks::Resources::Create();
  rocksdb::Options options(rocks::CommonOptions(resources), rocks::CommonColumnOptions(resources));
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status made = rocksdb::DB::Open(options, directory.string(), &opened);
  if (!made.ok()) return rocks::FromRocks(made, kWhat);
  database_.reset(opened);
  return {};
}

Status SpillingState::KeepIn(const std::filesystem::path& directory) {
  kept_ = true;
  return crypto::MakePrivateDirectory(directory).and_then([&] { return OpenIn(directory); });
}

Status SpillingState::Keep(domain::Change mark) {
  rows_.insert_or_assign(std::move(mark.key), std::move(mark.value));
  if (Status spilled = Spill(); !spilled) return spilled;
  // A batch is in one memtable, and its table appears at once.
  const rocksdb::Status flushed = database_->Flush(rocksdb::FlushOptions());
  return flushed.ok() ? Status() : rocks::FromRocks(flushed, kWhat);
}

Status SpillingState::Clear() {
  rows_.clear();
  const std::string beyond(16, '\xff');
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  const rocksdb::Status gone = database_->DeleteRange(unlogged, database_->DefaultColumnFamily(),
                                                      rocksdb::Slice(), rocksdb::Slice(beyond));
  return gone.ok() ? Status() : rocks::FromRocks(gone, kWhat);
}

Status SpillingState::Spill() {
  rocksdb::WriteBatch batch;
  for (const projections::RowChange& row : projections::InKeyOrder(rows_)) {
    const rocksdb::Slice key(row.key().data(), row.key().size());
    if (row.value()) {
      batch.Put(key, rocksdb::Slice(row.value()->data(), row.value()->size()));
    } else {
      batch.Delete(key);
    }
  }
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;  // it is rebuilt from the ledger, never recovered
  const rocksdb::Status written = database_->Write(unlogged, &batch);
  if (!written.ok()) return rocks::FromRocks(written, kWhat);
  rows_.clear();
  return {};
}

}  // namespace latchkey::tools
