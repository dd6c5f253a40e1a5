#include "core/identity/logins.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/base/base64.h"
#include "core/crypto/hash.h"
#include "tests/support/fakes.h"

namespace latchkey::identity {
namespace {

using namespace std::chrono_literals;

class LoginsTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  testing::SeededRandom random_;
  Logins logins_{random_, 3};

  Logins::Begun Begin(const std::string& path = "/") { return logins_.Begin(path, clock_.Now()); }
  bool Takes(const std::string& cookie, const std::string& state) {
    return logins_.Take(cookie, state, clock_.Now()).has_value();
  }
};

TEST_F(LoginsTest, AreFinishedOnceByTheBrowserThatBeganThem) {
  const Logins::Begun begun = Begin("/accounts/acme");
  const auto login = logins_.Take(begun.cookie, begun.state, clock_.Now());
  ASSERT_TRUE(login);
  EXPECT_EQ(login->return_path, "/accounts/acme");
  EXPECT_EQ(login->nonce, begun.nonce);
  EXPECT_EQ(text::ToBase64Url(crypto::Sha256(login->verifier)), begun.challenge);
  EXPECT_EQ(login->verifier.size(), 43u);  // as RFC 7636 §4.1 wants at least
  EXPECT_FALSE(Takes(begun.cookie, begun.state)) << "once";
}

TEST_F(LoginsTest, AreOfNoUseInAnotherBrowser) {
  const Logins::Begun mine = Begin(), theirs = Begin();
  EXPECT_FALSE(Takes(mine.cookie, theirs.state));
  EXPECT_FALSE(Takes("", mine.state));
  EXPECT_TRUE(Takes(theirs.cookie, theirs.state)) << "nobody else can spend it";
}

TEST_F(LoginsTest, EndByThemselves) {
  const Logins::Begun begun = Begin(), late = Begin();
  clock_.Advance(kLoginTime - Micros(1));
  EXPECT_TRUE(Takes(begun.cookie, begun.state));
  clock_.Advance(Micros(1));
  EXPECT_FALSE(Takes(late.cookie, late.state));
}

TEST_F(LoginsTest, OfOneBrowserOutliveAnyNumberOfOthers) {
  const Logins::Begun first = Begin();
  for (int i = 0; i < 1'000; ++i) Begin();
  EXPECT_TRUE(Takes(first.cookie, first.state));
}

TEST_F(LoginsTest, ThatAreFinishedAreRememberedInBounds) {
  std::vector<Logins::Begun> begun;
  for (int i = 0; i < 4; ++i) begun.push_back(Begin());
  for (const auto& each : begun) EXPECT_TRUE(Takes(each.cookie, each.state));
  for (int i = 1; i < 4; ++i) EXPECT_FALSE(Takes(begun[i].cookie, begun[i].state)) << i;
  EXPECT_TRUE(Takes(begun[0].cookie, begun[0].state)) << "the provider still refuses its code";
}

TEST_F(LoginsTest, TakeNoCookieThatWasChanged) {
  const Logins::Begun begun = Begin("/" + std::string(1'023, 'a'));
  EXPECT_LT(begun.cookie.size(), 2u * 1'024);
  for (std::size_t at = 0; at < begun.cookie.size(); ++at) {
    std::string changed = begun.cookie;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Takes(changed, begun.state)) << at;
    EXPECT_FALSE(Takes(begun.cookie.substr(0, at), begun.state)) << at;
  }
  Logins restarted(random_);
  EXPECT_FALSE(restarted.Take(begun.cookie, begun.state, clock_.Now())) << "a key of its own";
  EXPECT_TRUE(Takes(begun.cookie, begun.state));
}

TEST_F(LoginsTest, NoTwoShareASecret) {
  const Logins::Begun one = Begin(), other = Begin();
  EXPECT_NE(one.cookie, other.cookie);
  EXPECT_NE(one.state, other.state);
  EXPECT_NE(one.nonce, other.nonce);
  EXPECT_NE(one.challenge, other.challenge);
  EXPECT_NE(one.cookie, one.state);
}

TEST(ReturnPaths, LeadNowhereElse) {
  for (const char* good : {"/", "/accounts/acme", "/gateways/gw_1?tab=history#top", "/a//b"}) {
    EXPECT_EQ(LocalPath(good), good);
  }
  for (const char* bad :
       {"", "accounts", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil",
        "/\t/evil.example", "/\n/evil.example", "/a\\b", "javascript:alert(1)", " /", "/ä"}) {
    EXPECT_EQ(LocalPath(bad), "/") << bad;
  }
  EXPECT_EQ(LocalPath("/" + std::string(2'000, 'a')), "/");
}

}  // namespace
}  // namespace latchkey::identity
