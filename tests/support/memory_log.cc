#include "tests/support/memory_log.h"

#include <algorithm>
#include <utility>

namespace latchkey::testing {
namespace {

Error Unreadable() {
  return Refuse(ErrorCode::kUnusable, "the ledger is damaged: a checksum is wrong");
}

}  // namespace

log::AppendOutcome MemoryLog::Append(std::uint64_t expected_size,
                                     std::span<const std::string> entries) {
  log::RequireAppendable(entries);
  const std::lock_guard lock(mutex_);
  if (failed_) return log::AppendOutcome::kUnknown;
  if (expected_size != entries_.size()) return log::AppendOutcome::kRefused;
  if (fail_next_) {
    failed_ = true;
    if (*std::exchange(fail_next_, std::nullopt)) Keep(entries);
    return log::AppendOutcome::kUnknown;
  }
  Keep(entries);
  return log::AppendOutcome::kDurable;
}

log::Head MemoryLog::head() const {
  const std::lock_guard lock(mutex_);
  return {tree_.size(), tree_.Root()};
}

std::uint64_t MemoryLog::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t MemoryLog::epoch_start() const {
  const std::lock_guard lock(mutex_);
  return epoch_start_;
}

Result<std::string> MemoryLog::Read(std::uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  if (sequence >= entries_.size()) return log::BeyondEnd(sequence, entries_.size());
  if (reads_fail_) return Unreadable();
  return entries_[sequence];
}

Status MemoryLog::Scan(std::uint64_t from, std::uint64_t until,
                       const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  until = std::min(until, size());
  for (std::uint64_t sequence = from; sequence < until; ++sequence) {
    const Result<std::string> entry = Read(sequence);
    if (!entry) return entry.error();
    if (!visit(sequence, *entry)) break;  // unlocked, so that it may read as well
  }
  return {};
}

Result<std::string> MemoryLog::Tile(std::uint32_t level, std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  if (reads_fail_) return Unreadable();
  const std::uint64_t hashes = log::TileHashes(tree_.size(), level, index);
  if (hashes == 0) return log::NoSuchTile(level, index);
  if (hashes < log::kTileWidth) return std::string(tree_.PartialTile(level));
  return tiles_[level][index];
}

void MemoryLog::BeginEpoch(std::uint64_t start) {
  const std::lock_guard lock(mutex_);
  epoch_start_ = start;
}

void MemoryLog::FailNextAppend(bool written) {
  const std::lock_guard lock(mutex_);
  fail_next_ = written;
}

void MemoryLog::AppendElsewhere(std::string entry) {
  const std::lock_guard lock(mutex_);
  Keep({&entry, 1});
}

void MemoryLog::FailReads(bool failing) {
  const std::lock_guard lock(mutex_);
  reads_fail_ = failing;
}

void MemoryLog::Reopen() {
  const std::lock_guard lock(mutex_);
  failed_ = false;
  fail_next_.reset();
}

void MemoryLog::Keep(std::span<const std::string> entries) {
  std::vector<log::FullTile> full;
  for (const std::string& entry : entries) {
    tree_.Add(log::LeafHash(entry), &full);
    entries_.push_back(entry);
  }
  for (log::FullTile& tile : full) {
    if (tiles_.size() <= tile.level) tiles_.resize(tile.level + 1);
    tiles_[tile.level].push_back(std::move(tile.hashes));
  }
}

}  // namespace latchkey::testing
