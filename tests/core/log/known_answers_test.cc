// What others have published of logs of their own: notes under keys that anyone knows, and the
// proofs by which Certificate Transparency's implementations test themselves, verified.
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/log/checkpoint.h"
#include "core/log/cosignature.h"
#include "core/log/note.h"
#include "core/log/proof.h"
#include "core/log/tree.h"

namespace latchkey::log {
namespace {

using text::FromHex;

// Go's checksum database signs under another name than its origin.
TEST(KnownAnswers, CheckpointsOfGosChecksumDatabase) {
  const auto key =
      ParseVerifierKey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
  ASSERT_TRUE(key) << key.error().detail;
  const struct {
    std::uint64_t size;
    const char* note;
  } rows[] = {
      {6'476'701,
       "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
       "\xe2\x80\x94 sum.golang.org "
       "Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+"
       "o3GeoWwOoAw=\n"},
      {35'225'469,
       "go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n\n"
       "\xe2\x80\x94 sum.golang.org "
       "Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+"
       "gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=\n"},
  };
  for (const auto& row : rows) {
    const std::string note = row.note;
    const auto text = OpenNote(note, *key);
    ASSERT_TRUE(text) << text.error().detail;
    const auto checkpoint = ParseCheckpoint(*text);
    ASSERT_TRUE(checkpoint) << checkpoint.error().detail;
    EXPECT_EQ(checkpoint->origin, "go.sum database tree");
    EXPECT_EQ(checkpoint->head.size, row.size);
    for (std::size_t at = 0; at < note.size(); ++at) {
      std::string changed = note;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_FALSE(OpenNote(changed, *key)) << at;
    }
  }
}

TEST(KnownAnswers, TheKeyOfARunningWitness) {
  const std::string text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
  const auto key = ParseCosignerKey(text);
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->name, "remora.n621.de");
  EXPECT_EQ(CosignerKeyText(*key), text);
}

// Of the tree of eight leaves that tree_test.cc has, too.
const char* const kKnownRoots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
const char* const kKnownLeaves[] = {"",
                                    "00",
                                    "10",
                                    "2021",
                                    "3031",
                                    "40414243",
                                    "5051525354555657",
                                    "606162636465666768696a6b6c6d6e6f"};

Head KnownHead(std::uint64_t size) { return {size, *FromHex(kKnownRoots[size - 1])}; }

Proof Hashes(const std::vector<const char*>& words) {
  Proof proof;
  for (const char* word : words) proof.push_back(*FromHex(word));
  return proof;
}

constexpr char kFirst[] = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
constexpr char kSecond[] = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
constexpr char kThirdAndFourth[] =
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
constexpr char kFifth[] = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
constexpr char kFifthAndSixth[] =
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
constexpr char kSeventh[] = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
constexpr char kSeventhAndEighth[] =
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
constexpr char kSecondHalf[] = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

TEST(KnownAnswers, ProofsOfInclusion) {
  const struct {
    std::uint64_t sequence;
    std::uint64_t size;
    Proof proof;
  } rows[] = {
      {0, 1, {}},
      {0, 8, Hashes({kSecond, kThirdAndFourth, kSecondHalf})},
      {5, 8, Hashes({kFifth, kSeventhAndEighth, kKnownRoots[3]})},
      {2, 3, Hashes({kKnownRoots[1]})},
      {1, 5, Hashes({kFirst, kThirdAndFourth, kFifth})},
  };
  for (const auto& row : rows) {
    const std::string leaf = LeafHash(*FromHex(kKnownLeaves[row.sequence]));
    for (std::uint64_t size = 1; size <= std::size(kKnownRoots); ++size) {
      EXPECT_EQ(VerifyInclusion(leaf, row.sequence, KnownHead(size), row.proof), size == row.size)
          << row.sequence << " of " << row.size << " at " << size;
    }
  }
}

TEST(KnownAnswers, ProofsOfConsistency) {
  const struct {
    std::uint64_t from;
    std::uint64_t to;
    Proof proof;
  } rows[] = {
      {1, 8, Hashes({kSecond, kThirdAndFourth, kSecondHalf})},
      {6, 8, Hashes({kFifthAndSixth, kSeventhAndEighth, kKnownRoots[3]})},
      {2, 5, Hashes({kThirdAndFourth, kFifth})},
      {6, 7, Hashes({kFifthAndSixth, kSeventh, kKnownRoots[3]})},
  };
  for (const auto& row : rows) {
    for (std::uint64_t to = 1; to <= std::size(kKnownRoots); ++to) {
      for (std::uint64_t from = 1; from <= to; ++from) {
        EXPECT_EQ(VerifyConsistency(KnownHead(from), KnownHead(to), row.proof),
                  from == row.from && to == row.to)
            << row.from << " to " << row.to << " at " << from << " to " << to;
      }
    }
  }
  EXPECT_TRUE(VerifyConsistency(KnownHead(1), KnownHead(1), {}));
}

}  // namespace
}  // namespace latchkey::log
