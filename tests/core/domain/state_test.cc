// The keys of the rows: how they sort, what their ranges hold, and what reads back from them.
#include "core/domain/state.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_state.h"

namespace latchkey::domain {
namespace {

constexpr std::uint64_t kLastGateway = ledger_limits::kMaxGatewayNumber;
const std::uint64_t kNumbers[] = {1, 2, 255, 256, 257, 65'535, 65'536, 1'000'000, kLastGateway};

// One key of every table, each for neighbours of the others.
std::vector<std::string> KeysOfEveryTable() {
  std::vector<std::string> keys{LedgerKey(), CountersKey(), OwnersKey()};
  for (const char* account : {"a", "a-b", "ab", "acme", "acme-2"}) {
    keys.push_back(AccountKey(account));
    for (const char* name : {"a", "b", "paris", "パリ"}) keys.push_back(NameKey(account, name));
    for (const std::uint64_t number : kNumbers) keys.push_back(MemberKey(account, number));
  }
  for (const std::uint64_t number : kNumbers) {
    keys.push_back(GatewayKey(number));
    keys.push_back(ConnectedKey(number));
    keys.push_back(TokenKey(number));
    for (const std::uint32_t generation : {1u, 2u, 255u, 256u, 65'535u}) {
      keys.push_back(KeyKey(number, generation));
      for (const auto kind : {DeadlineKind::kConfirmBy, DeadlineKind::kKeyExpiry}) {
        keys.push_back(DeadlineKey({kind, FromMicros(1'767'225'600'000'000), number, generation}));
      }
    }
    for (const std::uint64_t other : kNumbers) keys.push_back(SecondaryKey(number, other));
  }
  for (const std::string& sha256 : {std::string(32, '\0'), std::string(32, '\xFF')}) {
    keys.push_back(CertificateKey(sha256));
    keys.push_back(TokenHashKey(sha256));
  }
  return keys;
}

std::vector<std::string> In(const KeyRange& range, const std::vector<std::string>& keys) {
  std::vector<std::string> found;
  for (const std::string& key : keys) {
    if (range.from <= key && key < range.until) found.push_back(key);
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(StateKeys, AreDifferentForDifferentRows) {
  const std::vector<std::string> keys = KeysOfEveryTable();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
}

TEST(StateKeys, SortByNumber) {
  for (std::size_t i = 1; i < std::size(kNumbers); ++i) {
    const std::uint64_t less = kNumbers[i - 1];
    const std::uint64_t more = kNumbers[i];
    EXPECT_LT(GatewayKey(less), GatewayKey(more));
    EXPECT_LT(ConnectedKey(less), ConnectedKey(more));
    EXPECT_LT(MemberKey("acme", less), MemberKey("acme", more));
    EXPECT_LT(SecondaryKey(7, less), SecondaryKey(7, more));
    EXPECT_LT(SecondaryKey(less, kLastGateway), SecondaryKey(more, 1));
    EXPECT_LT(KeyKey(less, 65'535), KeyKey(more, 1));
    EXPECT_LT(TokenKey(less), TokenKey(more));
  }
  EXPECT_LT(KeyKey(1, 255), KeyKey(1, 256));
}

TEST(StateKeys, DeadlinesSortByKindAndThenByTime) {
  testing::SeededRandom random;
  std::vector<Deadline> deadlines;
  for (int i = 0; i < 500; ++i) {
    deadlines.push_back({random.Below(2) == 0 ? DeadlineKind::kConfirmBy : DeadlineKind::kKeyExpiry,
                         FromMicros(static_cast<std::int64_t>(random.Below(1ull << 53))),
                         1 + random.Below(kLastGateway),
                         static_cast<std::uint32_t>(1 + random.Below(65'535))});
  }
  std::sort(deadlines.begin(), deadlines.end(),
            [](const Deadline& a, const Deadline& b) { return DeadlineKey(a) < DeadlineKey(b); });
  for (std::size_t i = 1; i < deadlines.size(); ++i) {
    EXPECT_LE(deadlines[i - 1].kind, deadlines[i].kind);
    if (deadlines[i - 1].kind != deadlines[i].kind) continue;
    EXPECT_LE(deadlines[i - 1].at, deadlines[i].at);
  }
  for (const Deadline& deadline : deadlines) {
    const Deadline parsed = ParseDeadlineKey(DeadlineKey(deadline));
    EXPECT_EQ(parsed.kind, deadline.kind);
    EXPECT_EQ(parsed.at, deadline.at);
    EXPECT_EQ(parsed.gateway, deadline.gateway);
    EXPECT_EQ(parsed.number, deadline.number);
  }
}

TEST(StateKeys, RangesHoldTheirTableAndNothingElse) {
  const std::vector<std::string> keys = KeysOfEveryTable();
  const auto sorted = [](std::vector<std::string> of) {
    std::sort(of.begin(), of.end());
    return of;
  };
  std::vector<std::string> accounts;
  for (const char* account : {"a", "a-b", "ab", "acme", "acme-2"}) {
    accounts.push_back(AccountKey(account));
    std::vector<std::string> members;
    for (const std::uint64_t number : kNumbers) members.push_back(MemberKey(account, number));
    EXPECT_EQ(In(Members(account), keys), members) << account;
  }
  EXPECT_EQ(In(Accounts(), keys), sorted(accounts));
  std::vector<std::string> connected;
  for (const std::uint64_t number : kNumbers) {
    connected.push_back(ConnectedKey(number));
    std::vector<std::string> secondaries;
    for (const std::uint64_t other : kNumbers) secondaries.push_back(SecondaryKey(number, other));
    EXPECT_EQ(In(Secondaries(number), keys), secondaries) << number;
  }
  EXPECT_EQ(In(Connected(), keys), connected);
  for (const auto kind : {DeadlineKind::kConfirmBy, DeadlineKind::kKeyExpiry}) {
    const std::vector<std::string> found = In(Deadlines(kind), keys);
    EXPECT_EQ(found.size(), std::size(kNumbers) * 5);
    for (const std::string& key : found) EXPECT_EQ(ParseDeadlineKey(key).kind, kind);
  }
}

TEST(StateKeys, GiveTheirNumberBack) {
  for (const std::uint64_t number : kNumbers) {
    EXPECT_EQ(TrailingNumber(MemberKey("acme", number)), number);
    EXPECT_EQ(TrailingNumber(SecondaryKey(kLastGateway, number)), number);
    EXPECT_EQ(TrailingNumber(ConnectedKey(number)), number);
    EXPECT_EQ(TrailingNumber(TokenKey(number)), number);
  }
}

TEST(StateReads, GiveNothingForRowsThatAreNot) {
  const testing::MemoryState empty;
  EXPECT_FALSE(ReadLedger(empty));
  EXPECT_EQ(ReadCounters(empty).gateways(), 0u);
  EXPECT_FALSE(ReadAccount(empty, "acme"));
  EXPECT_FALSE(ReadGateway(empty, 1));
  EXPECT_FALSE(ReadName(empty, "acme", "paris"));
  EXPECT_FALSE(ReadCertificate(empty, std::string(32, 'x')));
  EXPECT_FALSE(ReadToken(empty, 1));
  EXPECT_FALSE(ReadTokenByHash(empty, std::string(32, 'x')));
  GatewayRow gateway;
  gateway.set_number(1);
  EXPECT_FALSE(ReadKey(empty, gateway, 0));
  EXPECT_FALSE(ReadKey(empty, gateway, 1));
}

TEST(StateReads, FindAnyGenerationOfAKey) {
  testing::MemoryState state;
  KeyRow old;
  old.set_generation(1);
  old.set_state(KEY_SUPERSEDED);
  state.Write({{KeyKey(7, 1), old.SerializeAsString()}});
  GatewayRow gateway;
  gateway.set_number(7);
  gateway.mutable_key()->set_generation(2);
  EXPECT_EQ(ReadKey(state, gateway, 1)->state(), KEY_SUPERSEDED);
  EXPECT_EQ(ReadKey(state, gateway, 2)->generation(), 2u);
  EXPECT_FALSE(ReadKey(state, gateway, 3));
  EXPECT_FALSE(ReadKey(state, gateway, 0));
}

TEST(StateReadsDeathTest, StopAtARowThatWeCannotHaveWritten) {
  testing::MemoryState state;
  state.Write({{GatewayKey(1), "\xFF\xFF\xFF"}});
  EXPECT_DEATH((void)ReadGateway(state, 1), "");
  EXPECT_DEATH((void)ParseDeadlineKey("D"), "");
  EXPECT_DEATH((void)TrailingNumber("P"), "");
}

TEST(Overlay, ShowsItsChangesBeforeTheBase) {
  testing::MemoryState base;
  base.Write({{"a", "1"}, {"b", "2"}});
  Overlay overlay(base);
  overlay.Add({{"a", "3"}, {"b", std::nullopt}, {"c", "4"}});
  EXPECT_EQ(overlay.Get("a"), "3");
  EXPECT_EQ(overlay.Get("b"), std::nullopt);
  EXPECT_EQ(overlay.Get("c"), "4");
  EXPECT_EQ(base.Get("a"), "1") << "the base is left alone";
  overlay.Add({{"b", "5"}, {"c", std::nullopt}});
  EXPECT_EQ(overlay.Get("b"), "5");
  EXPECT_EQ(overlay.Get("c"), std::nullopt);
  EXPECT_EQ(overlay.rows().size(), 3u);
  const Rows taken = overlay.TakeRows();
  EXPECT_EQ(taken.at("b"), "5");
  EXPECT_EQ(overlay.Get("a"), "1");
  EXPECT_EQ(overlay.Get("b"), "2");
  EXPECT_EQ(overlay.Get("c"), std::nullopt);
}

TEST(MemoryState, WritesAndDropsRows) {
  testing::MemoryState state;
  state.Write({{"a", "1"}, {"a", "2"}, {"b", ""}, {"c", std::nullopt}});
  EXPECT_EQ(state.Get("a"), "2") << "the later change of one key counts";
  EXPECT_EQ(state.Get("b"), "");
  state.Write({{"a", std::nullopt}});
  EXPECT_EQ(state.Get("a"), std::nullopt);
  EXPECT_EQ(state.rows().size(), 1u);
}

TEST(RedReason, SaysWhyAndOnlyOfARedGateway) {
  const Time now = FromMicros(1'000);
  GatewayRow row;
  row.set_connected(false);
  EXPECT_EQ(RedReasonOf(row, now), std::nullopt) << "gray";
  row.mutable_current()->set_not_after_us(1'001);
  EXPECT_EQ(RedReasonOf(row, now), RedReason::kNotSeen);
  row.mutable_current()->set_not_after_us(1'000);
  EXPECT_EQ(RedReasonOf(row, now), RedReason::kCertificateExpired);
  row.mutable_renewal()->set_not_after_us(1'001);
  EXPECT_EQ(RedReasonOf(row, now), RedReason::kNotSeen) << "it may come with the renewal";
  row.set_flapping_until_us(1'001);
  EXPECT_EQ(RedReasonOf(row, now), RedReason::kFlapping);
  row.set_flapping_until_us(1'000);
  EXPECT_EQ(RedReasonOf(row, now), RedReason::kNotSeen);
  row.set_connected(true);
  EXPECT_EQ(RedReasonOf(row, now), std::nullopt) << "green";
}

}  // namespace
}  // namespace latchkey::domain
