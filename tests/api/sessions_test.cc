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
    return sessions_.Begin(Named(id), {}, "", {}).id;
  }
  bool Holds(const api::SessionId& id, Look look = Look::kOnly) {
    return sessions_.Find(id, look).has_value();
  }

  FakeClock clock_;
  SeededRandom random_;
  OperatorSessions sessions_{clock_, random_};
};

TEST_F(SessionsTest, AreKnownByTheHashOfTheirCookieAlone) {
  const OperatorSessions::Begun begun = sessions_.Begin(Named("tok_00000001"), {}, "", {});
  const crypto::Secret& cookie = begun.cookie;
  EXPECT_EQ(begun.id, crypto::Sha256(cookie.view()));
  EXPECT_EQ(cookie.view().size(), 52u) << "256 bits in base32";
  EXPECT_TRUE(Holds(crypto::Sha256(cookie.view())));
  EXPECT_FALSE(Holds(std::string(cookie.view())));
  EXPECT_FALSE(Holds(""));
  EXPECT_NE(sessions_.Begin(Named("tok_00000001"), {}, "", {}).cookie.view(), cookie.view());
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
  bool told = false;
  sessions_.End(one, [&](const Status& ended) { told = ended.has_value(); });
  EXPECT_TRUE(told);
  sessions_.End(one, {});
  EXPECT_FALSE(Holds(one));
  EXPECT_TRUE(Holds(two));
  sessions_.EndAllOf("tok_00000001", [](const Operator&) { return true; }, {});
  EXPECT_FALSE(Holds(two));
  EXPECT_FALSE(Holds(three));
  EXPECT_TRUE(Holds(other));
}

TEST_F(SessionsTest, EndTheOneThatTheirBrowserHadBefore) {
  const api::SessionId before = Begin("tok_00000001");
  const api::SessionId after = sessions_.Begin(Named("tok_00000002"), {}, before, {}).id;
  EXPECT_FALSE(Holds(before));
  EXPECT_TRUE(Holds(after));
}

TEST_F(SessionsTest, AreListedByAnIdThatIsNoCookieInTheOrderInWhichTheyBegan) {
  std::vector<api::SessionId> begun;
  for (const char* id : {"tok_00000002", "tok_00000001", "tok_00000002"}) {
    begun.push_back(sessions_.Begin(Named(id), {"192.0.2.1", "Browser/1", ""}, "", {}).id);
    clock_.Advance(1s);
  }
  Holds(begun[0], Look::kUse);
  const auto all = sessions_.After("", 10, "");
  ASSERT_EQ(all.size(), 3u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].session, begun[i]);
    EXPECT_TRUE(api::IsPublicSessionId(all[i].id)) << all[i].id;
    EXPECT_FALSE(Holds(all[i].id));
    EXPECT_FALSE(Holds(crypto::Sha256(all[i].id)));
    EXPECT_EQ(all[i].from.address, "192.0.2.1");
    EXPECT_EQ(all[i].from.agent, "Browser/1");
    EXPECT_EQ(sessions_.Named(all[i].id)->session, begun[i]);
  }
  EXPECT_EQ(all[0].details.last_used, clock_.Now());
  EXPECT_EQ(all[1].details.last_used, all[1].details.signed_in);
  const auto of_one = sessions_.After(all[0].id, 10, "tok_00000002");
  ASSERT_EQ(of_one.size(), 1u);
  EXPECT_EQ(of_one[0].id, all[2].id);
  EXPECT_EQ(sessions_.After("", 2, "").size(), 2u);
  EXPECT_EQ(sessions_.After(all[2].id, 10, "").size(), 0u);
  clock_.Advance(api::limits::kSessionIdleTime - 1s);
  EXPECT_EQ(sessions_.After("", 10, "").size(), 1u) << "of three that were begun a second apart";
  EXPECT_FALSE(sessions_.Named(all[2].id)) << "it has ended";
  EXPECT_FALSE(sessions_.Named("ses_00000000000000000000000000"));
}

TEST_F(SessionsTest, ThatHaveEndedByTimeAreForgottenByATick) {
  Begin();
  clock_.Advance(api::limits::kSessionIdleTime);
  EXPECT_EQ(sessions_.size(), 1u);
  sessions_.Tick();
  EXPECT_EQ(sessions_.size(), 0u);
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
