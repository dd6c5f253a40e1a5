// What a check of projections finds, and that it changes nothing.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "projections/finished_requests.h"
#include "projections/store.h"
#include "tests/projections/live_ledger.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Check : public ::testing::Test {
 protected:
  Check() { ledger_.Grow(150); }

  // Looks at a directory, which must stay as it is.
  projections::Checked Look(const std::filesystem::path& directory) {
    const TempDir scratch;
    const auto before = Snapshot(ledger_.Beside(""));
    const auto checked =
        projections::Projections::Check(directory, scratch / "fresh", ledger_.resources(),
                                        ledger_.log(), ledger_.subjects(), {}, 16);
    EXPECT_EQ(Snapshot(ledger_.Beside("")), before);
    EXPECT_TRUE(checked) << checked.error().detail;
    return checked.value_or(projections::Checked{0, 0, {"no check"}});
  }
  void ChangeStore(const std::function<void(projections::Store&)>& change) {
    std::vector<std::string> notes;
    change(*projections::Store::Open(ledger_.directory(), ledger_.resources(), &notes).value());
  }

  LiveLedger ledger_;
};

TEST_F(Check, FindsNothingWhereAllIsWell) {
  ledger_.Close();
  const auto checked = Look(ledger_.directory());
  EXPECT_THAT(checked.problems, IsEmpty());
  EXPECT_EQ(checked.size, ledger_.log().size());
}

TEST_F(Check, IsAsOfWhereAKillLeftThem) {
  ledger_.projections().Flush();
  const std::uint64_t flushed = ledger_.log().size();
  ledger_.Grow(70);
  const auto checked = Look(ledger_.CopyAsKilled("killed"));
  EXPECT_THAT(checked.problems, IsEmpty());
  EXPECT_EQ(checked.size, flushed);
  EXPECT_EQ(checked.behind, ledger_.log().size() - flushed);
}

TEST_F(Check, IsContentWithWhatAKillLeftBeforeTheFirstFlush) {
  LiveLedger young;
  const TempDir scratch;
  const auto checked =
      projections::Projections::Check(young.CopyAsKilled("killed"), scratch / "fresh",
                                      young.resources(), young.log(), young.subjects(), {}, 16);
  ASSERT_TRUE(checked);
  EXPECT_THAT(checked->problems, IsEmpty());
  EXPECT_EQ(checked->size, 0u);
}

// As while a new version is built beside the others.
TEST_F(Check, IsForEachAsOfWhereItStands) {
  ledger_.projections().Flush();
  const auto older = ledger_.CopyAsKilled("older");
  ledger_.Grow(70);
  ledger_.Close();
  std::vector<std::string> notes;
  auto from = projections::Store::Open(older, ledger_.resources(), &notes).value();
  for (const std::string family : {"state.2", "history.1"}) {
    const std::uint64_t behind = from->Position(family)->size;
    ChangeStore([&](projections::Store& store) {
      rocksdb::WriteBatch rows;
      ASSERT_TRUE(store.Renew(family));
      from->At(family).Walk(
          std::string(1, '\0'), [&](std::string_view key, std::string_view value) {
            return rows.Put(store.At(family).family, std::string(key), std::string(value)).ok();
          });
      store.PutPosition(family, *from->Position(family), &rows);
      store.Write(&rows);
      ASSERT_TRUE(store.Flush());
    });
    const auto checked = Look(ledger_.directory());
    EXPECT_THAT(checked.problems, IsEmpty()) << family;
    EXPECT_EQ(checked.size, behind);
  }
}

TEST_F(Check, NamesWhatIsMissingDamagedOrOfSomethingElse) {
  ledger_.Close();
  const auto sound = ledger_.Beside("sound");
  std::filesystem::copy(ledger_.directory(), sound);
  const auto directory = ledger_.directory();
  LiveLedger other(std::string(16, 'x'), std::string(10, 'x'));
  other.Close();
  const struct {
    const char* name;
    std::function<void()> damage;
    const char* said;
  } rows[] = {
      {"all gone", [&] { std::filesystem::remove_all(directory); }, "is missing"},
      {"one gone", [&] { ChangeStore([](auto& store) { ASSERT_TRUE(store.Drop("history.1")); }); },
       "history.1: it is missing"},
      {"CURRENT gone", [&] { std::filesystem::remove(directory / "CURRENT"); }, "CURRENT"},
      {"CURRENT damaged", [&] { std::ofstream(directory / "CURRENT") << "MANIFEST-999999\n"; },
       "damaged"},
      {"a block damaged", [&] { DamageTables(directory); }, "damaged: a checksum"},
      {"found damaged before", [&] { std::ofstream(directory / "damaged") << ""; },
       "was found damaged"},
      {"of another ledger",
       [&] {
         std::filesystem::remove_all(directory);
         std::filesystem::copy(other.directory(), directory);
       },
       "of another ledger"},
      {"a row changed",
       [&] {
         ChangeStore([](auto& store) {
           rocksdb::WriteBatch added;
           ASSERT_TRUE(added.Put(store.At("state.2").family, "zz", "x").ok());
           store.Write(&added);
           ASSERT_TRUE(store.Flush());
         });
       },
       "state.2: row zz"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    std::filesystem::remove_all(directory);
    std::filesystem::copy(sound, directory);
    row.damage();
    EXPECT_THAT(Look(directory).problems, ::testing::Contains(HasSubstr(row.said)));
  }
}

// Each row of every projection counts: one changed, lost or added is found.
TEST(Compare, FindsOneRowThatDiffers) {
  LiveLedger ledger;
  ledger.Grow(150);
  for (int i = 0; i < 10; ++i) {
    events::Event event = Opened("today-" + std::to_string(i));
    event.mutable_idempotency()->set_key_sha256(std::string(32, static_cast<char>('a' + i)));
    event.mutable_idempotency()->set_request_sha256(std::string(32, 'r'));
    ledger.Append({event});
  }
  const auto copy = ledger.CopyAsKilled("copy");
  ledger.Open(copy);  // catches up, and flushes
  const auto yesterday =
      static_cast<std::uint64_t>(ledger.events().back().time_us() - Micros(24h).count());
  for (const std::string family : {"state.2", "history.1", "finished.1"}) {
    std::size_t rows = 0;
    for (int change = 0; change < 12; ++change) {
      SCOPED_TRACE(family + ", change " + std::to_string(change));
      const auto changed = ledger.Beside(family + std::to_string(change));
      std::filesystem::copy(copy, changed);
      {
        std::vector<std::string> notes;
        auto store = projections::Store::Open(changed, ledger.resources(), &notes).value();
        const projections::StoredRows stored = store->At(family);
        std::vector<std::string> keys;
        stored.Walk("\x01", [&](std::string_view key, std::string_view) {
          // Requests of more than a day ago do not count.
          const bool counts =
              family != std::string(projections::FinishedRequests::kFamily) ||
              (key.front() == 't' && projections::GetNumber(key.substr(1, 8)) >= yesterday);
          if (counts) keys.emplace_back(key);
          return true;
        });
        rows = keys.size();
        ASSERT_GT(rows, 0u);
        const std::string& key = keys[ledger.random().Below(rows)];
        rocksdb::WriteBatch batch;
        if (change % 3 == 0) {
          ASSERT_TRUE(batch.Delete(stored.family, key).ok());
        } else if (change % 3 == 1) {
          std::string value = *stored.Get(key);
          value += '\x01';
          ASSERT_TRUE(batch.Put(stored.family, key, value).ok());
        } else {
          ASSERT_TRUE(batch.Put(stored.family, key + "\x01", *stored.Get(key)).ok());
        }
        store->Write(&batch);
        ASSERT_TRUE(store->Flush());
      }
      EXPECT_THAT(ledger.projections().Compare(*ledger.Open(changed)), Not(IsEmpty()));
    }
  }
}

}  // namespace
}  // namespace latchkey::testing
