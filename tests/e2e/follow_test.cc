// `latchkey history --follow`: the follower misses no event and sees none twice, whatever happens
// to the server.
#include <csignal>

#include <boost/json/object.hpp>

#include "tests/e2e/e2e_ledger.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

class FollowTest : public E2eTest {
 protected:
  tools::ChildProcess Follow(const std::vector<std::string>& filters) {
    std::vector<std::string> arguments = {Program(), "history", "--follow", "-o", "json"};
    arguments.insert(arguments.end(), {"--data", data()});
    arguments.insert(arguments.end(), filters.begin(), filters.end());
    auto started = tools::ChildProcess::Start({.arguments = arguments});
    EXPECT_TRUE(started);
    return std::move(*started);
  }

  // The next event printed, as "<type> <account>"; its sequence goes to `sequences_`.
  std::string Next(tools::ChildProcess& follower) {
    const auto line = follower.ReadLine(kPatience);
    EXPECT_TRUE(line) << "nothing is printed any more";
    if (!line) return "";
    const boost::json::value event = ParseJson(*line);
    const auto* number = event.is_object() ? event.as_object().if_contains("sequence") : nullptr;
    EXPECT_TRUE(number != nullptr && number->is_int64()) << *line;
    if (number != nullptr) sequences_.push_back(number->as_int64());
    return Member(*line, "type") + " " + Member(*line, "account");
  }

  std::vector<std::int64_t> sequences_;
};

TEST_F(FollowTest, ShowsWhatHappensAcrossRestartsAndEndsOnSigint) {
  tools::ChildProcess follower = Follow({});
  EXPECT_EQ(Next(follower), "LedgerCreated ");
  EXPECT_EQ(Next(follower), "OperatorTokenCreated ");
  EXPECT_EQ(Next(follower), "TrustDomainNamed ");
  OpenAccount("first");
  EXPECT_EQ(Next(follower), "AccountOpened first");
  StopServer();
  StartServer();          // on other ports, with another certificate
  OpenAccount("second");  // most likely before the follower is back
  EXPECT_EQ(Next(follower), "AccountOpened second");
  server().process().Kill();
  StartServer();
  OpenAccount("third");
  EXPECT_EQ(Next(follower), "AccountOpened third");
  EXPECT_EQ(sequences_, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
  follower.Signal(SIGINT);
  EXPECT_EQ(follower.Wait(kPatience), 128 + SIGINT);
  EXPECT_EQ(follower.ReadAll(kPatience), "");
}

// Events that a filter leaves out still advance the position, so a restart repeats nothing.
TEST_F(FollowTest, FiltersHoldAcrossRestarts) {
  OpenAccount("seen");
  OpenAccount("unseen");
  tools::ChildProcess follower = Follow({"--account", "seen"});
  EXPECT_EQ(Next(follower), "AccountOpened seen");
  AddGateway("unseen", "one");
  AddGateway("seen", "one");
  EXPECT_EQ(Next(follower), "GatewayAdded seen");
  EXPECT_EQ(Next(follower), "KeyIssued seen");
  StopServer();
  StartServer();
  AddGateway("unseen", "two");
  AddGateway("seen", "two");
  EXPECT_EQ(Next(follower), "GatewayAdded seen");
  EXPECT_EQ(Next(follower), "KeyIssued seen");
  EXPECT_EQ(sequences_, (std::vector<std::int64_t>{3, 7, 8, 11, 12}));
}

TEST_F(FollowTest, EndsWhenItsTokenIsNotKnown) {
  tools::ChildProcess follower = Follow({"--token", "lkop_" + std::string(56, 'a')});
  EXPECT_EQ(follower.Wait(kPatience), 3);
}

}  // namespace
}  // namespace latchkey::testing
