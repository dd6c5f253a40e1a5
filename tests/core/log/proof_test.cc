// Proofs of inclusion and consistency, held against the RFC's own recursion.
#include "core/log/proof.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/log/tree.h"
#include "tests/core/log/reference.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_log.h"

namespace latchkey::log {
namespace {

using latchkey::testing::MemoryLog;
using latchkey::testing::SeededRandom;

// A log of `size` entries, and the hashes of its leaves.
struct Grove {
  explicit Grove(std::size_t size) {
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < size; ++i) {
      entries.push_back("entry " + std::to_string(i));
      leaves.push_back(LeafHash(entries.back()));
    }
    if (size != 0) (void)log.Append(0, entries);
  }

  Head HeadAt(std::uint64_t size) const { return {size, *RootAt(log, size)}; }
  std::span<const std::string> First(std::size_t size) const {
    return std::span(leaves).first(size);
  }

  MemoryLog log;
  std::vector<std::string> leaves;
};

TEST(Proof, OfInclusionIsThatOfTheRfcAndVerified) {
  const Grove grove(40);
  for (std::size_t size = 1; size <= grove.leaves.size(); ++size) {
    const Head head = grove.HeadAt(size);
    for (std::size_t sequence = 0; sequence < size; ++sequence) {
      const auto proof = ProveInclusion(grove.log, sequence, size);
      ASSERT_TRUE(proof);
      EXPECT_EQ(*proof, reference::Path(sequence, grove.First(size)));
      EXPECT_TRUE(VerifyInclusion(grove.leaves[sequence], sequence, head, *proof))
          << sequence << " of " << size;
    }
  }
}

TEST(Proof, OfConsistencyIsThatOfTheRfcAndVerified) {
  const Grove grove(40);
  for (std::size_t to = 1; to <= grove.leaves.size(); ++to) {
    for (std::size_t from = 1; from <= to; ++from) {
      const auto proof = ProveConsistency(grove.log, from, to);
      ASSERT_TRUE(proof);
      EXPECT_EQ(*proof, reference::Consistency(from, grove.First(to)));
      EXPECT_TRUE(VerifyConsistency(grove.HeadAt(from), grove.HeadAt(to), *proof))
          << from << " to " << to;
    }
  }
}

TEST(Proof, HoldsWhereTilesEnd) {
  const Grove grove(256 * 256 + 700);
  const std::uint64_t sizes[] = {1,      255,    256,    257,    511,   512,
                                 65'280, 65'535, 65'536, 65'537, 66'236};
  for (const std::uint64_t size : sizes) {
    const Head head = grove.HeadAt(size);
    for (const std::uint64_t sequence : {std::uint64_t{0}, size / 2, size - 1}) {
      const auto proof = ProveInclusion(grove.log, sequence, size);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(VerifyInclusion(grove.leaves[sequence], sequence, head, *proof))
          << sequence << " of " << size;
    }
    for (const std::uint64_t from : sizes) {
      if (from > size) continue;
      const auto proof = ProveConsistency(grove.log, from, size);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(VerifyConsistency(grove.HeadAt(from), head, *proof)) << from << " to " << size;
    }
  }
}

// What Certificate Transparency's implementations test themselves with.
TEST(Proof, OfTheReferenceIsThatOfCertificateTransparency) {
  std::vector<std::string> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(LeafHash(*text::FromHex(hex)));
  }
  const auto words = [](const Proof& proof) {
    std::string all;
    for (const std::string& hash : proof) all += text::ToHex(hash).substr(0, 8) + " ";
    return all;
  };
  EXPECT_EQ(words(reference::Path(0, leaves)), "96a296d2 5f083f0a 6b47aaf2 ");
  EXPECT_EQ(words(reference::Path(5, leaves)), "bc1a0643 ca854ea1 d37ee418 ");
  EXPECT_EQ(words(reference::Consistency(6, leaves)), "0ebc5d34 ca854ea1 d37ee418 ");
}

TEST(Proof, OfAnythingElseIsRefused) {
  const Grove grove(37);
  SeededRandom random;
  for (int run = 0; run < 300; ++run) {
    const std::uint64_t to = 2 + random.Below(36);
    const std::uint64_t from = 1 + random.Below(to - 1);
    const std::uint64_t sequence = random.Below(to);
    const Head old_head = grove.HeadAt(from), head = grove.HeadAt(to);
    const std::string& leaf = grove.leaves[sequence];
    const Proof inclusion = *ProveInclusion(grove.log, sequence, to);
    const Proof consistency = *ProveConsistency(grove.log, from, to);
    const auto flipped = [&](std::string bytes) {
      bytes[random.Below(bytes.size())] ^= static_cast<char>(1 << random.Below(8));
      return bytes;
    };
    for (std::size_t i = 0; i < inclusion.size(); ++i) {
      Proof wrong = inclusion;
      wrong[i] = flipped(wrong[i]);
      EXPECT_FALSE(VerifyInclusion(leaf, sequence, head, wrong));
    }
    for (std::size_t i = 0; i < consistency.size(); ++i) {
      Proof wrong = consistency;
      wrong[i] = flipped(wrong[i]);
      EXPECT_FALSE(VerifyConsistency(old_head, head, wrong));
    }
    for (const bool longer : {false, true}) {
      Proof wrong = inclusion, other = consistency;
      if (longer) {
        wrong.push_back(leaf);
        other.push_back(leaf);
      } else {
        wrong.pop_back();
        other.pop_back();
      }
      EXPECT_FALSE(VerifyInclusion(leaf, sequence, head, wrong));
      EXPECT_FALSE(VerifyConsistency(old_head, head, other));
    }
    EXPECT_FALSE(VerifyInclusion(flipped(leaf), sequence, head, inclusion));
    EXPECT_FALSE(VerifyInclusion(leaf, sequence, {to, flipped(head.root)}, inclusion));
    EXPECT_FALSE(VerifyInclusion(leaf, (sequence + 1) % to, head, inclusion));
    EXPECT_FALSE(VerifyConsistency({from, flipped(old_head.root)}, head, consistency));
    EXPECT_FALSE(VerifyConsistency(old_head, {to, flipped(head.root)}, consistency));
  }
}

TEST(Proof, HasItsBounds) {
  const Grove grove(9);
  const Head all = grove.log.head(), none{0, EmptyRoot()};
  for (const auto& [sequence, size] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 10}, {9, 9}, {3, 3}, {0, 0}}) {
    const auto proof = ProveInclusion(grove.log, sequence, size);
    ASSERT_FALSE(proof) << sequence << " of " << size;
    EXPECT_EQ(proof.error().code, ErrorCode::kPositionUnknown);
  }
  EXPECT_FALSE(ProveConsistency(grove.log, 3, 10));
  EXPECT_FALSE(ProveConsistency(grove.log, 4, 3));
  EXPECT_EQ(*ProveConsistency(grove.log, 0, 9), Proof());
  EXPECT_TRUE(VerifyConsistency(none, all, {}));
  EXPECT_FALSE(VerifyConsistency({0, all.root}, all, {}));
  EXPECT_FALSE(VerifyConsistency(none, all, {all.root}));
  EXPECT_FALSE(VerifyConsistency(all, grove.HeadAt(8), {}));
  EXPECT_FALSE(VerifyConsistency(grove.HeadAt(8), all, {}));
  EXPECT_FALSE(VerifyInclusion("short", 0, grove.HeadAt(1), {}));
  EXPECT_TRUE(VerifyInclusion(grove.leaves[0], 0, grove.HeadAt(1), {}));
  EXPECT_FALSE(VerifyInclusion(grove.leaves[0], 1, grove.HeadAt(1), {}));
}

TEST(Proof, IsRefusedAsReadingIs) {
  Grove grove(9);
  grove.log.FailReads(true);
  const auto inclusion = ProveInclusion(grove.log, 1, 9);
  ASSERT_FALSE(inclusion);
  EXPECT_EQ(inclusion.error().code, ErrorCode::kUnusable);
  EXPECT_FALSE(ProveConsistency(grove.log, 3, 9));
}

}  // namespace
}  // namespace latchkey::log
