#include "tools/verify/spilling_state.h"

#include <rocksdb/db.h>

#include <cstdlib>
#include <utility>

#include "core/base/check.h"
#include "core/crypto/files.h"
#include "core/rocks/rocks.h"
#include "projections/stored_rows.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kWhat = "the scratch database";
constexpr const char* kMarkFamily = "mark";
constexpr std::string_view kMarkKey = "mark";
constexpr std::string_view kNewFiles = "new";

std::string FirstBytesOfScannedRows() {
  return {domain::Members("").from.front(), domain::Secondaries(0).from.front(),
          domain::Connected().from.front(),
          domain::Deadlines(domain::DeadlineKind::kConfirmBy).from.front()};
}

}  // namespace

SpillingState::SpillingState(std::filesystem::path scratch, std::size_t max_bytes)
    : scratch_(std::move(scratch)), max_bytes_(max_bytes), scanned_(FirstBytesOfScannedRows()) {}

SpillingState::~SpillingState() {
  tables_.reset();
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    (void)database_->DestroyColumnFamilyHandle(family);
  }
  database_.reset();
  std::error_code ignored;
  if (!own_.empty()) std::filesystem::remove_all(own_, ignored);
}

std::optional<std::string> SpillingState::Stored(rocksdb::ColumnFamilyHandle* family,
                                                 std::string_view key) const {
  std::string value;
  const rocksdb::Status got =
      database_->Get(rocksdb::ReadOptions(), family, projections::ToSlice(key), &value);
  Check(got.ok() || got.IsNotFound(), "a row just written can be read");
  if (!got.ok()) return std::nullopt;
  return value;
}

std::optional<std::string> SpillingState::Get(std::string_view key) const {
  Check(scanned_.find(key.front()) == std::string::npos, "rows that are scanned are not looked up");
  if (const auto found = rows_.Find(key)) {
    if (!found->value) return std::nullopt;
    return std::string(*found->value);
  }
  if (database_ == nullptr) return std::nullopt;
  // Also that there is none: some that are missing are asked for with most events.
  std::optional<std::string> value = Stored(families_.front(), key);
  rows_.Put({key, value, true});
  return value;
}

Status SpillingState::Write(const std::vector<domain::Change>& changes) {
  for (const domain::Change& change : changes) {
    if (scanned_.find(change.key.front()) != std::string::npos) continue;
    rows_.Put({change.key, change.value});
  }
  if (kept_ || !full()) return {};
  if (database_ == nullptr) {
    if (Status opened = MakeOwnDirectory().and_then([&] { return OpenIn(own_); }); !opened) {
      return opened;
    }
  }
  return Spill("");
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
  const rocksdb::Options options(rocks::CommonOptions(resources),
                                 rocks::CommonColumnOptions(resources));
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, options}, {kMarkFamily, options}};
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status made =
      rocksdb::DB::Open(options, directory.string(), families, &families_, &opened);
  if (!made.ok()) {
    // It says nothing about the ledger.
    return Refuse(ErrorCode::kIo, rocks::FromRocks(made, kWhat).detail +
                                      ". Give another directory, or remove this one");
  }
  database_.reset(opened);
  const std::filesystem::path new_files = directory / kNewFiles;
  tables_ = std::make_unique<projections::SortedTables>(projections::SortedTables::Place{
      opened, families_.front(), families_.back(), options, new_files});
  // Tables are merged by RocksDB itself, as it sees fit: rows are read between two runs, and a
  // kept state is opened again and again.
  // A file that a kill left there may be one with a table of the database.
  std::error_code none;
  std::filesystem::remove_all(new_files, none);
  const rocksdb::Status ready = options.env->CreateDirIfMissing(new_files.string());
  return ready.ok() ? Status() : rocks::FromRocks(ready, kWhat);
}

Status SpillingState::KeepIn(const std::filesystem::path& directory) {
  kept_ = true;
  return crypto::MakePrivateDirectory(directory).and_then([&] { return OpenIn(directory); });
}

Status SpillingState::Keep(std::string_view mark) { return Spill(mark); }

std::string SpillingState::Mark() const { return Stored(families_.back(), kMarkKey).value_or(""); }

Status SpillingState::Clear() {
  rows_.Clear();
  // First the mark, for good: it must not outlive the rows.
  if (Status unmarked = tables_->Add({}, kMarkKey, ""); !unmarked) return unmarked;
  const std::string beyond(16, '\xff');
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  const rocksdb::Status gone =
      database_->DeleteRange(unlogged, families_.front(), rocksdb::Slice(), rocksdb::Slice(beyond));
  return gone.ok() ? Status() : rocks::FromRocks(gone, kWhat);
}

Status SpillingState::Spill(std::string_view mark) {
  const std::vector<RowTable::Row> all = rows_.All();
  projections::SortedTables::Run run;
  for (const RowTable::Row& row : all) {
    if (!row.stored) run[row.key.front()].emplace_back(row.key, row.value, 0);
  }
  for (auto& [first, changes] : run) projections::Sort(&changes);
  if (Status added = tables_->Add(run, kMarkKey, mark); !added) return added;
  rows_.Clear();
  return {};
}

}  // namespace latchkey::tools
