// Whatever happened to the projections, opening them gives the rows that follow from the events.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "events/codec.h"
#include "projections/finished_requests.h"
#include "projections/history_projection.h"
#include "projections/store.h"
#include "tests/projections/live_ledger.h"
#include "tests/support/fault_fs.h"
#include "tests/support/memory_log.h"
#include "tests/support/memory_state.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The rows of the state, as the events alone give them.
void ExpectStateOf(LiveLedger& ledger) {
  const testing::MemoryState expected = Rebuild(ledger.events());
  std::map<std::string, std::string, std::less<>> rows;
  ledger.projections().Scan({std::string(), std::string(1, '\xff')},
                            [&](std::string_view key, std::string_view value) {
                              rows.emplace(key, value);
                              return true;
                            });
  EXPECT_EQ(rows, expected.rows());
  for (const auto& [key, value] : expected.rows()) {
    EXPECT_EQ(ledger.projections().state().Get(key), value);
  }
  EXPECT_EQ(ledger.projections().size(), ledger.log().size());
}

TEST(Rebuild, GivesTheLiveRows) {
  LiveLedger ledger;
  for (int round = 0; round < 4; ++round) {
    ledger.Grow(150);
    ExpectStateOf(ledger);
    EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty());
  }
}

TEST(Rebuild, GivesTheLiveRowsWhereASegmentEnds) {
  LiveLedger ledger(8);
  for (int i = 0; i < 20; ++i) {
    ledger.Append({Opened("another-" + std::to_string(i))});
    EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty()) << ledger.events().size();
  }
}

TEST(Rebuild, IsNotNeededAfterAClose) {
  LiveLedger ledger;
  ledger.Grow(200);
  ledger.Close();
  std::uint64_t replayed = 0;
  const auto again = projections::Projections::Open(
      ledger.directory(), ledger.resources(), ledger.log(), ledger.subjects(),
      [&](projections::Projections::Progress progress) { replayed = progress.total; }, 16);
  ASSERT_TRUE(again);
  EXPECT_EQ(replayed, 0u);
  EXPECT_THAT((*again)->notes(), IsEmpty());
  EXPECT_EQ((*again)->size(), ledger.events().size());
}

// How many events an opening of the ledger's own projections replays.
std::uint64_t ReplayedBy(LiveLedger& ledger) {
  std::uint64_t replayed = 0;
  const auto opened = projections::Projections::Open(
      ledger.directory(), ledger.resources(), ledger.log(), ledger.subjects(),
      [&](projections::Projections::Progress progress) { replayed = progress.total; }, 16);
  EXPECT_TRUE(opened);
  EXPECT_THAT((*opened)->notes(), IsEmpty());
  EXPECT_EQ((*opened)->size(), ledger.log().size());
  return replayed;
}

// A version that has another history than the one that serves builds it ahead of its first start.
TEST(Rebuild, IsNotNeededWhereThisVersionWasBuiltBeside) {
  LiveLedger ledger;
  ledger.Grow(200);
  ledger.Close();
  {
    std::vector<std::string> notes;
    auto store = projections::Store::Open(ledger.directory(), ledger.resources(), &notes).value();
    ASSERT_TRUE(store->Drop(projections::HistoryProjection::kFamily));
  }
  const auto beside = projections::Projections::Beside(ledger.directory());
  ledger.Open(beside).reset();
  ledger.AppendUnseen({Opened("meanwhile")});
  EXPECT_EQ(ReplayedBy(ledger), 1u);
  EXPECT_FALSE(std::filesystem::exists(beside));
  ledger.Reopen();
  ExpectStateOf(ledger);
  EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty());
}

TEST(Rebuild, IsNotNeededWhereTheExchangeWasCutShort) {
  LiveLedger ledger;
  ledger.Grow(100);
  ledger.Close();
  ledger.Open(projections::Projections::Beside(ledger.directory())).reset();
  std::filesystem::remove_all(ledger.directory());
  EXPECT_EQ(ReplayedBy(ledger), 0u);
}

TEST(Rebuild, LeavesBesideWhatIsOfNoUseHere) {
  LiveLedger ledger;
  ledger.Grow(100);
  ledger.Close();
  const auto beside = projections::Projections::Beside(ledger.directory());
  ledger.Open(beside).reset();
  EXPECT_EQ(ReplayedBy(ledger), 0u);
  EXPECT_TRUE(std::filesystem::exists(beside)) << "this version's own are all there";
  {
    std::vector<std::string> notes;
    auto store = projections::Store::Open(beside, ledger.resources(), &notes).value();
    ASSERT_TRUE(store->Drop(projections::FinishedRequests::kFamily));
  }
  std::filesystem::remove_all(ledger.directory());
  EXPECT_EQ(ReplayedBy(ledger), ledger.log().size());
  EXPECT_TRUE(std::filesystem::exists(beside)) << "another version's, which may still come";
}

TEST(Rebuild, ReplaysWhatABadDiskDidNotTakeAtAClose) {
  testing::FaultyResources faulty;
  LiveLedger ledger;
  ledger.Grow(200);
  std::uint64_t replayed = 0;
  const auto open = [&] {
    replayed = 0;
    return projections::Projections::Open(
        ledger.Beside("faulty"), faulty.resources, ledger.log(), ledger.subjects(),
        [&](projections::Projections::Progress progress) { replayed = progress.total; }, 16);
  };
  for (const bool at_sync : {false, true}) {
    auto first = open();
    ASSERT_TRUE(first);
    EXPECT_EQ(replayed, ledger.events().size());
    at_sync ? faulty.fs->FailSync(".sst") : faulty.fs->FailAppend(".sst");
    first->reset();  // and the process goes on
    faulty.fs->Heal();
  }
  const auto again = open();
  ASSERT_TRUE(again);
  EXPECT_EQ(replayed, ledger.events().size()) << "the disk had taken it";
  EXPECT_THAT((*again)->Compare(ledger.projections()), IsEmpty());
}

TEST(Rebuild, ReplaysWhatAKillTookAway) {
  LiveLedger ledger;
  for (int round = 0; round < 3; ++round) {
    ledger.Grow(100);
    if (round != 0) ledger.projections().Flush();
    ledger.Grow(1 + ledger.random().Below(60));
    const auto copy = ledger.CopyAsKilled("killed-" + std::to_string(round));
    const auto killed = ledger.Open(copy);
    EXPECT_THAT(killed->notes(), IsEmpty());
    EXPECT_THAT(ledger.projections().Compare(*killed), IsEmpty());
  }
}

TEST(Rebuild, AKillKeepsWhatWasFlushed) {
  LiveLedger ledger;
  ledger.Grow(100);
  ledger.projections().Flush();
  const std::uint64_t flushed = ledger.events().size();
  ledger.Grow(50);
  std::uint64_t replayed = 0;
  const auto killed = projections::Projections::Open(
      ledger.CopyAsKilled("killed"), ledger.resources(), ledger.log(), ledger.subjects(),
      [&](projections::Projections::Progress progress) { replayed = progress.total; }, 16);
  ASSERT_TRUE(killed);
  EXPECT_LE(replayed, ledger.events().size() - flushed);
}

TEST(Rebuild, ReplaysEventsThatTheProjectionsNeverSaw) {
  LiveLedger ledger;
  ledger.Grow(50);
  ledger.Close();
  ledger.AppendUnseen({Opened("late-1"), Opened("late-2")});
  ledger.Reopen();
  ExpectStateOf(ledger);
  EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty());
}

// Puts the projections of `other` in the place of those of a ledger, and expects them to be
// dropped.
void ExpectDropped(LiveLedger& ledger, LiveLedger& other, const std::string& why) {
  ledger.Close();
  other.Close();
  std::filesystem::remove_all(ledger.directory());
  std::filesystem::copy(other.directory(), ledger.directory());
  ledger.Reopen();
  EXPECT_THAT(ledger.projections().notes(), SizeIs(4));
  EXPECT_THAT(ledger.projections().notes(), Each(HasSubstr(why)));
  ExpectStateOf(ledger);
  EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty());
}

TEST(Rebuild, DropsProjectionsOfAnotherLedgerOrEpoch) {
  for (const bool epoch : {false, true}) {
    LiveLedger ledger;
    LiveLedger other(std::string(16, epoch ? 'l' : 'x'), std::string(10, 'x'));
    ledger.Grow(50);
    ExpectDropped(ledger, other, epoch ? "another epoch" : "another ledger");
  }
}

TEST(Rebuild, RebuildsDamagedProjections) {
  LiveLedger ledger;
  ledger.Grow(60);
  ledger.Close();
  std::ofstream(ledger.directory() / "CURRENT") << "MANIFEST-999999\n";
  ledger.Reopen();
  EXPECT_THAT(ledger.projections().notes(), ElementsAre(HasSubstr("made anew")));
  ExpectStateOf(ledger);
}

// Damage that opening does not find: reading it stops the process once; the next opening rebuilds.
TEST(Rebuild, RebuildsAfterDamageFoundByARead) {
  const auto all = [](LiveLedger& ledger) {
    ledger.projections().Scan({std::string(), std::string(1, '\xff')},
                              [](std::string_view, std::string_view) { return true; });
  };
  const auto one = [](LiveLedger& ledger) {
    for (const events::Event& event : ledger.events()) {
      if (event.gateway() == 0) continue;
      (void)domain::ReadGateway(ledger.projections().state(), event.gateway());
    }
  };
  const auto search = [](LiveLedger& ledger) {
    projections::HistoryQuery query;
    query.types = {events::Event::kAccountOpened};
    (void)ledger.projections().FindEvents(query);
  };
  const auto finished = [](LiveLedger& ledger) {
    for (const events::Event& event : ledger.events()) {
      (void)ledger.projections().Finished(event.idempotency().key_sha256(), Time());
    }
  };
  const struct {
    const char* name;
    std::function<void(LiveLedger&)> read;
  } rows[] = {
      {"a walk", all}, {"a look-up", one}, {"a search", search}, {"a finished request", finished}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    LiveLedger ledger;
    ledger.Grow(120);
    ledger.Close();
    ledger.Reopen();
    DamageTables(ledger.directory());
    ledger.resources().cache->EraseUnRefEntries();
    EXPECT_EXIT(row.read(ledger), ::testing::ExitedWithCode(5),
                "the next start makes the projections anew");
    ledger.Reopen();
    EXPECT_THAT(ledger.projections().notes(), ElementsAre(HasSubstr("made anew")));
    ExpectStateOf(ledger);
    EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty());
    ledger.Reopen();
    EXPECT_THAT(ledger.projections().notes(), IsEmpty());
  }
}

// A failed read of the ledger is not damage of the projections: it gives an error, and they are
// kept.
TEST(Rebuild, IsNotCausedByAReadOfTheLedgerThatFails) {
  LiveLedger ledger;
  ledger.Grow(60);
  projections::HistoryQuery query;
  query.since = FromMicros(ledger.events()[30].time_us());
  EXPECT_TRUE(ledger.projections().FindEvents(query));
  ledger.log().FailReads(true);
  for (const bool until : {false, true}) {
    if (until) std::swap(query.since, query.until);
    const auto page = ledger.projections().FindEvents(query);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::kUnusable);
    EXPECT_THAT(page.error().detail, HasSubstr("the ledger is damaged"));
  }
  ledger.log().FailReads(false);
  ledger.Reopen();
  EXPECT_THAT(ledger.projections().notes(), IsEmpty());
}

TEST(Rebuild, DropsVersionsThatAreNotOnTheList) {
  LiveLedger ledger;
  ledger.Grow(60);
  ledger.Close();
  {
    std::vector<std::string> notes;
    auto store = projections::Store::Open(ledger.directory(), ledger.resources(), &notes).value();
    ASSERT_TRUE(store->Renew("history.0"));
  }
  ledger.Reopen();
  EXPECT_THAT(ledger.projections().notes(), ElementsAre(HasSubstr("history.0")));
  ledger.Reopen();
  EXPECT_THAT(ledger.projections().notes(), IsEmpty());
}

// One projection behind the others, as a new version is.
TEST(Rebuild, BuildsOneProjectionBesideTheOthers) {
  for (const std::string family : {"state.2", "history.1", "finished.1"}) {
    LiveLedger ledger;
    ledger.Grow(120);
    ledger.Close();
    {
      std::vector<std::string> notes;
      auto store = projections::Store::Open(ledger.directory(), ledger.resources(), &notes).value();
      ASSERT_TRUE(store->Drop(family));
    }
    ledger.Reopen();
    ExpectStateOf(ledger);
    EXPECT_THAT(ledger.CompareWithRebuilt(), IsEmpty()) << family;
  }
}

// A newer binary has written a fact yet to come, and events after it, and has it in its projections
// or not; then this one is put back.
TEST(Rebuild, RefusesAFactItDoesNotKnowWhereverItLies) {
  constexpr std::uint32_t kNew = 500;
  for (const std::string seen : {"in none", "in all", "state.2", "history.1", "finished.1"}) {
    for (const std::uint64_t after : {0u, 1u, 60u}) {
      SCOPED_TRACE(seen + ", with " + std::to_string(after) + " events after it");
      LiveLedger ledger;
      ledger.Grow(40);
      const std::uint64_t at = ledger.log().size();
      ledger.Close();
      events::Event next = ledger.events().back();
      std::vector<std::string> entries;
      for (std::uint64_t i = 0; i <= after; ++i) {
        next.set_sequence(at + i);
        entries.push_back(events::Encode(next));
      }
      next.clear_fact();
      next.set_sequence(at);
      entries[0] = next.SerializeAsString() + std::string("\xa2\x1f\x00", 3);  // field 500
      ASSERT_EQ(ledger.log().Append(at, entries), log::AppendOutcome::kDurable);
      std::vector<std::string> notes;
      auto store = projections::Store::Open(ledger.directory(), ledger.resources(), &notes).value();
      rocksdb::WriteBatch rows;
      for (const std::string& family : store->Families()) {
        if (seen != "in all" && seen != family) continue;
        projections::StoredPosition position = *store->Position(family);
        EXPECT_FALSE(position.facts.empty());
        position.size = ledger.log().size();
        position.head = ledger.log().head();
        position.facts.insert(kNew);
        store->PutPosition(family, position, &rows);
      }
      store->Write(&rows);
      store.reset();
      for (int start = 0; start < 2; ++start) {
        const Error error = ledger.OpenError(ledger.directory());
        EXPECT_EQ(error.code, ErrorCode::kUnusable);
        EXPECT_THAT(error.detail, HasSubstr("knows fact 500"));
        if (seen == "in none") {
          EXPECT_THAT(error.detail, HasSubstr("event " + std::to_string(at)));
        }
      }
      std::filesystem::remove_all(ledger.directory());
      EXPECT_THAT(ledger.OpenError(ledger.directory()).detail, HasSubstr("knows fact 500"));
    }
  }
}

TEST(Rebuild, RefusesALedgerOfAnotherFormat) {
  LiveLedger ledger;
  ledger.Grow(40);
  ledger.Close();
  events::Event created = ledger.events().front();
  created.mutable_ledger_created()->set_format(events::kFormat + 1);
  testing::MemoryLog newer;
  ASSERT_EQ(newer.Append(0, std::vector{events::Encode(created)}), log::AppendOutcome::kDurable);
  const auto opened = projections::Projections::Open(ledger.directory(), ledger.resources(), newer,
                                                     ledger.subjects());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnusable);
  EXPECT_THAT(opened.error().detail, HasSubstr("knows format 2"));
}

// Written before facts were noted: taken as it is, and completed by what comes.
TEST(Rebuild, TakesAPositionWithoutFacts) {
  LiveLedger ledger;
  ledger.Grow(40);
  ledger.Close();
  {
    std::vector<std::string> notes;
    auto store = projections::Store::Open(ledger.directory(), ledger.resources(), &notes).value();
    rocksdb::WriteBatch rows;
    for (const std::string& family : store->Families()) {
      projections::StoredPosition position = *store->Position(family);
      position.facts.clear();
      store->PutPosition(family, position, &rows);
    }
    store->Write(&rows);
  }
  ledger.Reopen();
  EXPECT_THAT(ledger.projections().notes(), IsEmpty());
  ledger.Append({Opened("one-more")});
  ledger.Close();
  std::vector<std::string> notes;
  const auto store =
      projections::Store::Open(ledger.directory(), ledger.resources(), &notes).value();
  for (const std::string& family : store->Families()) {
    EXPECT_THAT(store->Position(family)->facts, ElementsAre(events::Event::kAccountOpened));
  }
}

TEST(Rebuild, IsInUseOnce) {
  LiveLedger ledger;
  EXPECT_EQ(ledger.OpenError(ledger.directory()).code, ErrorCode::kInUse);
}

// All that readers are shown: rows, the history of everything and of each type, and the requests
// finished within the 24 hours before the last event. Older ones go at moments of their own.
std::vector<std::string> AllThatIsSeen(const projections::Projections& projections,
                                       const std::vector<events::Event>& events) {
  std::vector<std::string> seen{std::to_string(projections.size())};
  projections.Scan({std::string(), std::string(1, '\xff')},
                   [&](std::string_view key, std::string_view value) {
                     seen.emplace_back(std::string(key) + "=" + std::string(value));
                     return true;
                   });
  const auto find = [&](projections::HistoryQuery query) {
    query.limit = 1'000;
    const auto page = projections.FindEvents(query);
    for (const std::uint64_t sequence : page->sequences) {
      seen.push_back(std::to_string(sequence));
    }
  };
  find({});
  const Time since = FromMicros(events.back().time_us()) - ledger_limits::kFinishedRequestsKept;
  for (const events::Event& event : events) {
    projections::HistoryQuery query;
    query.types = {event.fact_case()};
    query.newest_first = event.sequence() % 2 == 0;
    find(query);
    if (!event.has_idempotency()) continue;
    const auto finished = projections.Finished(event.idempotency().key_sha256(), since);
    seen.push_back(finished ? std::to_string(finished->last_sequence) : "none");
  }
  return seen;
}

TEST(Prepared, IsSeenByNobodyUntilItIsShownAndWhenItIsNot) {
  LiveLedger ledger(8);
  ledger.Grow(60);
  const auto shown = ledger.Open(ledger.Beside("shown"));
  auto lost = ledger.Open(ledger.Beside("lost"));
  const std::uint64_t size = shown->size();
  ledger.Grow(40);
  const std::span<const events::Event> next = std::span(ledger.events()).subspan(size);
  const auto before = AllThatIsSeen(*shown, ledger.events());
  shown->Prepare({size, next});
  EXPECT_EQ(AllThatIsSeen(*shown, ledger.events()), before);
  shown->Show();
  EXPECT_NE(AllThatIsSeen(*shown, ledger.events()), before);
  EXPECT_EQ(AllThatIsSeen(*shown, ledger.events()),
            AllThatIsSeen(ledger.projections(), ledger.events()));
  EXPECT_THAT(shown->Compare(ledger.projections()), IsEmpty());

  lost->Prepare({size, next});
  EXPECT_EQ(AllThatIsSeen(*lost, ledger.events()), before);
  lost.reset();
  lost = ledger.Open(ledger.Beside("lost"));
  EXPECT_THAT(lost->Compare(ledger.projections()), IsEmpty());
}

}  // namespace
}  // namespace latchkey::testing
