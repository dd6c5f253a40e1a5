// The store of sessions: what ends a session, what is stored of it, and how many there can be.
#include "api/auth/sessions.h"

#include <gtest/gtest.h>

#include "api/http/limits.h"
#include "core/crypto/hash.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using api::Operator;
using api::OperatorSessions;
using Look = OperatorSessions::Look;

Operator Named(const std::string& id) {
  Operator who;
  who.id = id;
  return who;
}

class SessionsTest : public ::testing::Test {
 protected:
  api::SessionId Begin(const std::string& id = "tok_00000001") {
    return crypto::Sha256(sessions_.Begin(Named(id)).view());
  }
  bool Holds(const api::SessionId& id, Look look = Look::kOnly) {
    return sessions_.Find(id, look).has_value();
  }

  FakeClock clock_;
  SeededRandom random_;
  OperatorSessions sessions_{clock_, random_};
};

TEST_F(SessionsTest, AreKnownByTheHashOfTheirCookieAlone) {
  const crypto::Secret cookie = sessions_.Begin(Named("tok_00000001"));
  EXPECT_EQ(cookie.view().size(), 52u) << "256 bits in base32";
  EXPECT_TRUE(Holds(crypto::Sha256(cookie.view())));
  EXPECT_FALSE(Holds(std::string(cookie.view())));
  EXPECT_FALSE(Holds(""));
  EXPECT_NE(sessions_.Begin(Named("tok_00000001")).view(), cookie.view());
}

TEST_F(SessionsTest, EndWhenTheyAreIdleAndNotWhenTheyAreUsed) {
  const api::SessionId used = Begin();
  const api::SessionId idle = Begin();
  clock_.Advance(api::limits::kSessionIdleTime - 1us);
  EXPECT_TRUE(Holds(used, Look::kUse));
  EXPECT_TRUE(Holds(idle, Look::kOnly)) << "looking at it is no use of it";
  clock_.Advance(1us);
  EXPECT_TRUE(Holds(used));
  EXPECT_FALSE(Holds(idle));
  clock_.Advance(api::limits::kSessionIdleTime);
  EXPECT_FALSE(Holds(used));
  EXPECT_EQ(sessions_.size(), 0u);
}

TEST_F(SessionsTest, EndAtTheirMaximumAgeHoweverMuchTheyAreUsed) {
  const api::SessionId session = Begin();
  const Micros step = api::limits::kSessionIdleTime / 2;
  for (Micros lived{0}; lived < api::limits::kSessionLife; lived += step) {
    ASSERT_TRUE(Holds(session, Look::kUse)) << lived.count();
    clock_.Advance(step);
  }
  EXPECT_FALSE(Holds(session, Look::kUse));
}

TEST_F(SessionsTest, AStepOfTheWallClockEndsNone) {
  const api::SessionId session = Begin();
  clock_.Step(24h);
  EXPECT_TRUE(Holds(session));
  clock_.Step(-48h);
  EXPECT_TRUE(Holds(session));
}

TEST_F(SessionsTest, EndOneByOneOrAllOfAnOperator) {
  const api::SessionId one = Begin("tok_00000001");
  const api::SessionId two = Begin("tok_00000001");
  const api::SessionId three = Begin("tok_00000001");
  const api::SessionId other = Begin("tok_00000002");
  sessions_.End(one);
  sessions_.End(one);
  EXPECT_FALSE(Holds(one));
  EXPECT_TRUE(Holds(two));
  sessions_.EndAllOf(Named("tok_00000001"));
  EXPECT_FALSE(Holds(two));
  EXPECT_FALSE(Holds(three));
  EXPECT_TRUE(Holds(other));
}

TEST_F(SessionsTest, OfOneOperatorTheLongestIdleMakesRoom) {
  const api::SessionId other = Begin("tok_00000002");
  const api::SessionId first = Begin();
  const api::SessionId second = Begin();
  EXPECT_TRUE(Holds(first, Look::kUse));
  for (std::size_t i = 2; i < api::limits::kMaxSessionsOfOne; ++i) Begin();
  EXPECT_TRUE(Holds(second));
  Begin();
  EXPECT_FALSE(Holds(second)) << "idle for longer than the first";
  EXPECT_TRUE(Holds(first));
  EXPECT_TRUE(Holds(other)) << "of someone else";
  EXPECT_EQ(sessions_.size(), api::limits::kMaxSessionsOfOne + 1);
}

TEST_F(SessionsTest, OfAllTheLongestIdleMakesRoom) {
  const api::SessionId first = Begin("tok_first");
  const api::SessionId second = Begin("tok_second");
  for (std::size_t i = 2; i < api::limits::kMaxSessions; ++i) Begin("tok_" + std::to_string(i));
  EXPECT_TRUE(Holds(first, Look::kUse));
  EXPECT_EQ(sessions_.size(), api::limits::kMaxSessions);
  const api::SessionId last = Begin("tok_last");
  EXPECT_EQ(sessions_.size(), api::limits::kMaxSessions);
  EXPECT_FALSE(Holds(second));
  EXPECT_TRUE(Holds(first));
  EXPECT_TRUE(Holds(last));
}

TEST_F(SessionsTest, AnOfferIsTakenOnceAndInTime) {
  const crypto::Secret code = sessions_.Offer(Named("tok_00000001"));
  EXPECT_FALSE(sessions_.Accept("another"));
  const auto accepted = sessions_.Accept(code.view());
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->id, "tok_00000001");
  EXPECT_FALSE(sessions_.Accept(code.view())) << "a second time";

  const crypto::Secret late = sessions_.Offer(Named("tok_00000001"));
  clock_.Advance(api::limits::kSignInCodeLife);
  EXPECT_FALSE(sessions_.Accept(late.view()));

  const crypto::Secret before = sessions_.Offer(Named("tok_00000001"));
  const crypto::Secret after = sessions_.Offer(Named("tok_00000001"));
  EXPECT_FALSE(sessions_.Accept(before.view()));
  EXPECT_TRUE(sessions_.Accept(after.view()));
}

}  // namespace
}  // namespace latchkey::testing
