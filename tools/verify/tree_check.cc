#include "tools/verify/tree_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tools/verify/effort.h"
#include "tools/verify/findings.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kMaxWaiting = 16;  // batches
constexpr std::size_t kBatchBytes = 1u << 20;

// The first entry whose hash differs from the tile; for higher levels the first entry under the
// differing hash.
std::uint64_t FirstDifference(const log::FullTile& tile, const Result<std::string>& stored,
                              std::uint64_t last) {
  std::uint64_t span = 1;  // entries under one hash of this level
  for (std::uint32_t level = 0; level < tile.level; ++level) span *= log::kTileWidth;
  if (!stored || stored->size() != tile.hashes.size()) return last;
  const auto at = static_cast<std::uint64_t>(
      std::mismatch(tile.hashes.begin(), tile.hashes.end(), stored->begin()).first -
      tile.hashes.begin());
  return (tile.index * log::kTileWidth + at / log::kHashBytes) * span;
}

}  // namespace

TreeCheck::TreeCheck() : thread_([this] { Run(); }) {}

TreeCheck::~TreeCheck() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void TreeCheck::Begin(log::Tree tree) { tree_ = std::move(tree); }

void TreeCheck::Add(std::string_view entry, const log::Log& log) {
  next_.log = &log;
  next_.bytes += entry;
  next_.ends.push_back(next_.bytes.size());
  if (next_.ends.size() == log::kTileWidth || next_.bytes.size() > kBatchBytes) HandOver();
}

void TreeCheck::HandOver() {
  if (next_.ends.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMaxWaiting; });
  waiting_.push_back(std::exchange(next_, {}));
  changed_.notify_all();
}

Status TreeCheck::Drain() {
  HandOver();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
  if (problem_) return *problem_;
  return {};
}

void TreeCheck::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Batch batch = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    Check(batch);
    lock.lock();
    busy_ = false;
    seconds_ = ThreadSeconds();
    changed_.notify_all();
  }
}

void TreeCheck::Check(const Batch& batch) {
  std::size_t from = 0;
  for (const std::size_t end : batch.ends) {
    full_.clear();
    tree_.Add(log::LeafHash(std::string_view(batch.bytes).substr(from, end - from)), &full_);
    for (const log::FullTile& tile : full_) Compare(tile, *batch.log);
    from = end;
  }
}

void TreeCheck::Compare(const log::FullTile& tile, const log::Log& log) {
  const Result<std::string> stored = log.Tile(tile.level, tile.index);
  if (stored && *stored == tile.hashes) return;
  if (!stored && stored.error().code == ErrorCode::kIo) {
    problem_ = stored.error();
    return;
  }
  if (found_.size() == kMaxViolations) return;
  found_.push_back(
      {FirstDifference(tile, stored, tree_.size() - 1), "tile",
       fmt::format("the stored tile {} of level {} is not the one that its entries give",
                   tile.index, tile.level)});
}

}  // namespace latchkey::tools
