#include "tests/core/log/acknowledged.h"

#include <gtest/gtest.h>

#include "tests/core/log/reference.h"

namespace latchkey::log {

std::string Acknowledged::Root() const { return reference::Root(leaves_); }

std::vector<std::string> Acknowledged::Make(std::size_t count, std::size_t max_bytes) {
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < count; ++i) {
    entries.push_back(random_->Bytes(1 + random_->Below(max_bytes)));
  }
  return entries;
}

void Acknowledged::Add(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    entries_.push_back(entry);
    leaves_.push_back(reference::Leaf(entry));
  }
}

void Acknowledged::AppendTo(Log& log, std::size_t count, std::size_t max_bytes) {
  const std::vector<std::string> entries = Make(count, max_bytes);
  ASSERT_EQ(log.Append(size(), entries), AppendOutcome::kDurable);
  Add(entries);
}

void Acknowledged::ExpectExactly(const Log& log) const {
  ASSERT_EQ(log.size(), size());
  const Head head = log.head();
  EXPECT_EQ(head.size, size());
  EXPECT_EQ(head.root, Root());
  std::uint64_t seen = 0;
  const Status scanned = log.Scan(0, size(), [&](std::uint64_t sequence, std::string_view bytes) {
    EXPECT_EQ(sequence, seen++);
    EXPECT_EQ(bytes, entries_[sequence]);
    return true;
  });
  EXPECT_TRUE(scanned);
  EXPECT_EQ(seen, size());
  EXPECT_TRUE(entries_.empty() || log.Read(size() - 1) == entries_.back());
  for (std::uint32_t level = 0; level < 3; ++level) {
    const std::uint64_t full = size() >> (8 * (level + 1));
    for (std::uint64_t index = 0; index < full; ++index) {
      ASSERT_EQ(log.Tile(level, index), reference::Tile(leaves_, level, index));
    }
    const std::string partial = reference::PartialTile(leaves_, level);
    const Result<std::string> last = log.Tile(level, full);
    if (partial.empty()) {
      ASSERT_FALSE(last);
      EXPECT_EQ(last.error().code, ErrorCode::kPositionUnknown);
    } else {
      EXPECT_EQ(last, partial);
    }
    EXPECT_FALSE(log.Tile(level, full + 1));
  }
}

}  // namespace latchkey::log
