#include "tools/backup/entry_batches.h"

namespace latchkey::tools {
namespace {

constexpr std::size_t kMostEntries = 4'096;
constexpr std::size_t kMostBytes = 4u << 20;

}  // namespace

Status EntryBatches::Add(std::string_view entry) {
  entries_.emplace_back(entry);
  bytes_ += entry.size();
  return entries_.size() < kMostEntries && bytes_ < kMostBytes ? Status() : Flush();
}

Status EntryBatches::Flush() {
  if (entries_.empty()) return {};
  const auto outcome = log_.Append(log_.size(), entries_);
  entries_.clear();
  bytes_ = 0;
  if (progress_) progress_(log_.size());
  if (outcome == log::AppendOutcome::kDurable) return {};
  return Refuse(ErrorCode::kIo, "The new ledger cannot be written.");
}

}  // namespace latchkey::tools
