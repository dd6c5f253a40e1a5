// The history against a brute-force reading of the whole ledger.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/base/ids.h"
#include "events/actor_text.h"
#include "projections/history_terms.h"
#include "tests/projections/live_ledger.h"
#include "tests/support/gated_log.h"

namespace latchkey::testing {
namespace {

using projections::DecodeOffsets;
using projections::EncodeOffsets;
using projections::HistoryPage;
using projections::HistoryQuery;
using projections::Offsets;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HistoryTest : public ::testing::Test {
 protected:
  std::string ActorOf(const events::Event& event) const {
    const bool by_address = event.actor().kind() == events::Actor::ADDRESS;
    return events::ActorText(event.actor(), by_address ? ledger_.AddressOf(event) : "");
  }

  bool Meets(const HistoryQuery& query, const events::Event& event) const {
    return (!query.account || event.account() == *query.account) &&
           (query.accounts.empty() ||
            std::count(query.accounts.begin(), query.accounts.end(), event.account()) != 0) &&
           (!query.gateway || event.gateway() == *query.gateway) &&
           (query.types.empty() ||
            std::count(query.types.begin(), query.types.end(), event.fact_case()) != 0) &&
           (!query.actor ||
            ActorOf(event) == events::ActorText(query.actor->actor, query.actor->address)) &&
           (!query.since || event.time_us() >= ToMicros(*query.since)) &&
           (!query.until || event.time_us() < ToMicros(*query.until));
  }

  // All that the pages of a query should give together.
  std::vector<std::uint64_t> Expected(const HistoryQuery& query) const {
    std::vector<std::uint64_t> found;
    for (const events::Event& event : ledger_.events()) {
      const bool beyond = !query.after || (query.newest_first ? event.sequence() < *query.after
                                                              : event.sequence() > *query.after);
      if (beyond && Meets(query, event)) found.push_back(event.sequence());
    }
    if (query.newest_first) std::reverse(found.begin(), found.end());
    return found;
  }

  HistoryQuery RandomQuery() {
    SeededRandom& random = ledger_.random();
    const auto any = [&]() -> const events::Event& {
      return ledger_.events()[random.Below(ledger_.events().size())];
    };
    HistoryQuery query;
    if (random.Below(3) == 0) query.account = random.Below(9) == 0 ? "nobody" : any().account();
    for (std::uint64_t i = random.Below(8) / 3; i-- > 0;) {
      if (const std::string account = any().account(); !account.empty()) {
        query.accounts.push_back(account);
      }
    }
    if (random.Below(3) == 0) query.gateway = any().gateway();
    if (query.gateway == 0) query.gateway.reset();
    if (query.account == "") query.account.reset();
    for (std::uint64_t i = random.Below(4); i-- > 0;) query.types.push_back(any().fact_case());
    if (random.Below(3) == 0) query.actor = events::ParseActor(ActorOf(any()));
    const auto time = [&] {
      return FromMicros(any().time_us() + std::int64_t(random.Below(3)) - 1);
    };
    if (random.Below(4) == 0) query.since = time();
    if (random.Below(4) == 0) query.until = time();
    if (random.Below(4) == 0) query.after = random.Below(ledger_.events().size() + 2);
    query.newest_first = random.Below(2) == 0;
    query.limit = 1 + random.Below(20);
    return query;
  }

  void ExpectAllPages(HistoryQuery query) {
    const std::vector<std::uint64_t> expected = Expected(query);
    std::vector<std::uint64_t> found;
    for (;;) {
      const HistoryPage page = ledger_.projections().FindEvents(query).value();
      EXPECT_LE(page.sequences.size(), query.limit);
      found.insert(found.end(), page.sequences.begin(), page.sequences.end());
      if (!page.next) break;
      ASSERT_TRUE(!query.after ||
                  (query.newest_first ? *page.next < *query.after : *page.next > *query.after))
          << "the search does not advance";
      query.after = page.next;
    }
    EXPECT_EQ(found, expected);
  }

  LiveLedger ledger_;
};

TEST_F(HistoryTest, GivesWhatReadingTheWholeLedgerGives) {
  for (int round = 0; round < 3; ++round) {
    ledger_.Grow(180);
    for (int i = 0; i < 150; ++i) {
      SCOPED_TRACE("round " + std::to_string(round) + ", query " + std::to_string(i));
      ExpectAllPages(RandomQuery());
    }
    ledger_.Reopen();
  }
}

// A follower asks at every move of the head: that must cost only the new events.
TEST_F(HistoryTest, LooksForATimeOnlyBeyondThePlaceReached) {
  ledger_.Grow(300);
  GatedLog counted(ledger_.log());
  const auto projections =
      projections::Projections::Open(ledger_.Beside("counted"), ledger_.resources(), counted,
                                     ledger_.subjects(), {}, 16)
          .value();
  HistoryQuery query;
  query.since = FromMicros(ledger_.events()[100].time_us());
  query.until = FromMicros(ledger_.events().back().time_us() + 1'000'000);
  const auto reads = [&](std::optional<std::uint64_t> after, bool newest_first) {
    query.after = after;
    query.newest_first = newest_first;
    const std::uint64_t before = counted.reads();
    EXPECT_TRUE(projections->FindEvents(query));
    return counted.reads() - before;
  };
  EXPECT_GT(reads(std::nullopt, false), 10u);
  EXPECT_EQ(reads(projections->size() - 1, false), 0u);
  EXPECT_LE(reads(projections->size() - 2, false), 2u);
  EXPECT_LE(reads(1, true), 2u);
}

TEST_F(HistoryTest, MatchesAsItFinds) {
  ledger_.Grow(200);
  for (int i = 0; i < 100; ++i) {
    const HistoryQuery query = RandomQuery();
    for (const events::Event& event : ledger_.events()) {
      EXPECT_EQ(ledger_.projections().Matches(query, event), Meets(query, event))
          << "event " << event.sequence();
    }
  }
}

TEST_F(HistoryTest, HasNoNextPageAfterTheLastEvent) {
  ledger_.Grow(60);
  for (const bool newest_first : {false, true}) {
    for (const bool filtered : {false, true}) {
      HistoryQuery query;
      query.newest_first = newest_first;
      if (filtered) query.types = {events::Event::kAccountOpened};
      query.limit = Expected(query).size();
      EXPECT_EQ(ledger_.projections().FindEvents(query).value().next, std::nullopt);
      --query.limit;
      EXPECT_NE(ledger_.projections().FindEvents(query).value().next, std::nullopt);
    }
  }
}

// A term in few segments and one in many: the search ends at its bound and goes on from there.
TEST(HistoryBound, EndsAPageThatLooksTooFar) {
  LiveLedger ledger(2);
  std::vector<events::Event> events;
  for (int i = 0; i < 9'000; ++i) {
    events::Event event;
    event.set_account(i % 4 < 2 ? "even" : "odd");
    event.set_gateway(i % 4 < 2 ? 7 : 8);
    event.mutable_gateway_renamed()->set_name("x");
    events.push_back(std::move(event));
  }
  ledger.AppendUnseen(std::move(events));
  ledger.Reopen();
  for (const bool newest_first : {false, true}) {
    HistoryQuery query;
    query.account = "even";
    query.gateway = 8;
    query.newest_first = newest_first;
    int pages = 0;
    for (;;) {
      const HistoryPage page = ledger.projections().FindEvents(query).value();
      EXPECT_THAT(page.sequences, IsEmpty());
      ++pages;
      if (!page.next) break;
      query.after = page.next;
    }
    EXPECT_GT(pages, 2);
    EXPECT_LT(pages, 9);
  }
}

TEST(OffsetLists, AreReadAsTheyWereWritten) {
  const Offsets lists[] = {{},    {0},   {0, 1, 2}, {4'095},    {0, 127, 128, 255, 256, 4'095},
                           {127}, {128}, {65'535},  {0, 65'535}};
  for (const Offsets& list : lists) EXPECT_EQ(DecodeOffsets(EncodeOffsets(list)), list);
  EXPECT_EQ(EncodeOffsets({3, 4, 200}), (std::string{3, 1, char(0xc4), 1}));
}

TEST(OffsetLists, AreRefusedWhenTheyAreNone) {
  for (const std::string& bytes :
       {std::string("\x80"), std::string("\x01\xff"), std::string("\xff\xff\xff\xff\x01"),
        std::string("\xff\xff\x03\x01")}) {
    EXPECT_EQ(DecodeOffsets(bytes), std::nullopt) << text::ToHex(bytes);
  }
}

}  // namespace
}  // namespace latchkey::testing
