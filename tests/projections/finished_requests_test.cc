// Requests with an Idempotency-Key are remembered for 24 hours of event time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/hash.h"
#include "tests/projections/live_ledger.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr std::int64_t kStart = 1'767'225'600'000'000;

class FinishedRequestsTest : public ::testing::Test {
 protected:
  // An event `after` the start, of a request with that key and body; no key: of one without.
  static events::Event At(Micros after, const std::string& key = "", const std::string& body = "") {
    events::Event event;
    event.set_time_us(kStart + after.count());
    event.set_account("acme");
    event.mutable_account_opened();
    if (key.empty()) return event;
    event.mutable_idempotency()->set_key_sha256(crypto::Sha256(key));
    event.mutable_idempotency()->set_request_sha256(crypto::Sha256(body));
    return event;
  }

  // "first-last body?" of the request, at a time after the start; "" for none.
  std::string Find(const std::string& key, Micros now) {
    const auto found = ledger_.projections().Finished(
        crypto::Sha256(key), FromMicros(kStart) + now - ledger_limits::kFinishedRequestsKept);
    if (!found) return "";
    return std::to_string(found->first_sequence - base_) + "-" +
           std::to_string(found->last_sequence - base_) +
           (found->request_sha256 == crypto::Sha256(std::string("body")) ? "" : " other");
  }

  void TearDown() override {
    EXPECT_THAT(ledger_.CompareWithRebuilt(), IsEmpty());
    ledger_.Reopen();
    EXPECT_THAT(ledger_.CompareWithRebuilt(), IsEmpty());
  }

  LiveLedger ledger_;
  const std::uint64_t base_ = ledger_.events().size();
};

TEST_F(FinishedRequestsTest, HoldTheirFirstAndLastEvent) {
  ledger_.Append({At(1s), At(1s, "a", "body"), At(1s, "a", "body"), At(1s, "b", "body"), At(1s)});
  EXPECT_EQ(Find("a", 1s), "1-2");
  EXPECT_EQ(Find("b", 1s), "3-3");
  EXPECT_EQ(Find("c", 1s), "");
}

TEST_F(FinishedRequestsTest, AreTheSameHoweverBatchesAreCut) {
  ledger_.Append({At(1s, "a", "body")});
  ledger_.Append({At(1s, "a", "body"), At(1s, "a", "body")});
  ledger_.Append({At(1s, "a", "body"), At(2s)});
  EXPECT_EQ(Find("a", 2s), "0-3");
}

TEST_F(FinishedRequestsTest, EndAfterADay) {
  ledger_.Append({At(0s, "a", "body"), At(10s, "b", "body")});
  EXPECT_EQ(Find("a", 24h), "0-0");
  EXPECT_EQ(Find("a", 24h + 1us), "");
  EXPECT_EQ(Find("b", 24h + 1us), "1-1");
  ledger_.Append({At(24h + 5s)});
  EXPECT_EQ(Find("a", 24h + 5s), "");
  EXPECT_EQ(Find("b", 24h + 5s), "1-1");
}

TEST_F(FinishedRequestsTest, GiveTheirKeyFreeAfterADay) {
  ledger_.Append({At(0s, "a", "body"), At(1s, "b", "body")});
  ledger_.Append({At(25h, "a", "another"), At(25h + 1s)});
  EXPECT_EQ(Find("a", 25h), "2-2 other");
  EXPECT_EQ(Find("b", 25h), "");
  ledger_.Append({At(48h)});
  EXPECT_EQ(Find("a", 48h), "2-2 other");
  ledger_.Append({At(50h)});
  EXPECT_EQ(Find("a", 50h), "");
}

// Also when the next event has the same key and body: a day apart they are two requests.
TEST_F(FinishedRequestsTest, AreNotJoinedAcrossADay) {
  ledger_.Append({At(0s, "a", "body")});
  ledger_.Append({At(24h + 1us, "a", "body")});
  EXPECT_EQ(Find("a", 24h + 1us), "1-1");
}

// Old rows go a few with each event: after as many events nothing of them is left.
TEST_F(FinishedRequestsTest, LeaveNothingBehind) {
  std::vector<events::Event> events;
  for (int i = 0; i < 50; ++i) events.push_back(At(1s, "key-" + std::to_string(i), "body"));
  ledger_.Append(std::move(events));
  for (int i = 0; i < 20; ++i) ledger_.Append({At(30h)});
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ledger_.projections().Finished(crypto::Sha256("key-" + std::to_string(i)), Time()),
              std::nullopt);
  }
}

}  // namespace
}  // namespace latchkey::testing
