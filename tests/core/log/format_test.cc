// The format on disk, byte by byte: what docs/log_format.md shows, and the golden file.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <rocksdb/iterator.h>

#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "core/log/layout.h"
#include "core/log/rocks_log.h"
#include "tests/support/temp_dir.h"

namespace latchkey::log {
namespace {

std::string GoldenText(const std::string& name) {
  std::ifstream file(std::string(LATCHKEY_GOLDEN_DIR "/log/") + name);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Fold(std::string_view bytes) {  // long values by their digest, to keep the file small
  constexpr std::size_t kShown = 64;
  if (bytes.size() <= kShown) return text::ToHex(bytes);
  return "sha256:" + text::ToHex(crypto::Sha256(bytes)) + " (" + std::to_string(bytes.size()) +
         " bytes)";
}

// Every row of the database, a line each: column family, key, value.
std::string Dump(const rocks::Database& db, const rocks::Resources& resources) {
  std::ostringstream out;
  const auto families = Families(resources);
  for (std::size_t i = 0; i < families.size(); ++i) {
    const std::unique_ptr<rocksdb::Iterator> it(
        db->NewIterator(rocksdb::ReadOptions(), db.family(i)));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      out << families[i].name << ' ' << text::ToHex(it->key().ToStringView()) << ' '
          << Fold(it->value().ToStringView()) << '\n';
    }
  }
  return out.str();
}

// A ledger of `count` entries "entry 0", "entry 1", …, appended by sevens.
std::string DumpOf(std::size_t count) {
  const testing::TempDir directory;
  const rocks::Resources resources = rocks::Resources::Create(8u << 20, 8u << 20);
  {
    auto log = RocksLog::Open(directory.path(), resources, {});
    EXPECT_TRUE(log);
    while ((*log)->size() < count) {
      std::vector<std::string> entries;
      for (std::uint64_t n = (*log)->size(); n < count && entries.size() < 7; ++n) {
        entries.push_back("entry " + std::to_string(n));
      }
      EXPECT_EQ((*log)->Append((*log)->size(), entries), AppendOutcome::kDurable);
    }
  }
  auto db = rocks::Database::Open(directory.path(), LogOptions(resources, rocks::Mode::kReadOnly),
                                  Families(resources), rocks::Mode::kReadOnly, kWhat);
  EXPECT_TRUE(db);
  return Dump(**db, resources);
}

TEST(LogFormat, IsThatOfTheGoldenFile) { EXPECT_EQ(DumpOf(600), GoldenText("600_entries.txt")); }

TEST(LogFormat, IsThatOfTheWorkedExample) {
  std::ifstream page(LATCHKEY_SOURCE_DIR "/docs/log_format.md");
  const std::string all{std::istreambuf_iterator<char>(page), {}};
  std::istringstream rows(DumpOf(3));
  for (std::string row; std::getline(rows, row);) {
    EXPECT_NE(all.find(row), std::string::npos) << "docs/log_format.md lacks: " << row;
  }
}

TEST(LogFormat, KeysSortAsNumbers) {
  EXPECT_LT(EntryKey(0xff), EntryKey(0x100));
  EXPECT_LT(EntryKey(0x7fffffffffffffff), EntryKey(0x8000000000000000));
  EXPECT_LT(TileKey(0, 0xffff), TileKey(1, 0));
  for (const std::uint64_t n : {0ull, 1ull, 255ull, 256ull, 0x0102030405060708ull, ~0ull}) {
    EXPECT_EQ(ParseEntryKey(EntryKey(n)), n);
  }
}

TEST(LogFormat, ReadsNothingButItsOwn) {
  EXPECT_FALSE(ParseEntryKey(""));
  EXPECT_FALSE(ParseEntryKey(std::string(7, '\0')));
  EXPECT_FALSE(ParseEntryKey(std::string(9, '\0')));
  EXPECT_FALSE(ParseHead(""));
  EXPECT_FALSE(ParseHead(std::string(39, '\0')));
  EXPECT_FALSE(ParseHead(std::string(41, '\0')));
  const std::optional<Head> head = ParseHead(EncodeHead({7, std::string(kHashBytes, 'r')}));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->size, 7u);
  EXPECT_EQ(head->root, std::string(kHashBytes, 'r'));
}

}  // namespace
}  // namespace latchkey::log
