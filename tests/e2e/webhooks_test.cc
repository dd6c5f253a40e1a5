// Webhooks while the server is killed again and again: every event reaches the receiver, in order,
// and none comes again but the one that was under way.
#include <cstdio>
#include <thread>
#include <vector>

#include <boost/json/array.hpp>

#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fakes.h"
#include "tests/support/receiver.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::uint64_t kMaxMillisOfEvents = 400;
constexpr std::size_t kPageOfEvents = 1'000;

std::int64_t SequenceOf(const Received& one) {
  return one.Event().at("data").as_object().at("sequence").as_int64();
}

class WebhooksUnderKills : public E2eTest {
 protected:
  // The sequences of all events of the type, in their order.
  std::vector<std::int64_t> SequencesOf(const std::string& type) {
    std::vector<std::int64_t> all;
    std::string next;
    do {
      const std::string page = "/v1/events?limit=" + std::to_string(kPageOfEvents) +
                               "&type=" + type + (next.empty() ? "" : "&after=" + next);
      const auto answer = server().Send("GET", page);
      if (!answer || answer->status != 200) {
        ADD_FAILURE() << "no page of events";
        break;
      }
      const json::value listed = ParseJson(answer->body);
      for (const json::value& event : listed.at("events").as_array()) {
        all.push_back(event.at("sequence").as_int64());
      }
      next = listed.at("next").is_string() ? std::string(listed.at("next").as_string()) : "";
    } while (!next.empty());
    return all;
  }
};

TEST_F(WebhooksUnderKills, ReachTheReceiverInOrderAndRepeatOnlyWhatWasUnderWay) {
  const std::uint64_t kills = FromEnvironment("LATCHKEY_WEBHOOK_KILLS", 4);
  SeededRandom random;
  const std::filesystem::path ca = directory() / "receiver.pem";
  Receiver receiver(ca);
  Forget();
  const std::vector<std::string> options = {"--webhook-allow", "127.0.0.0/8", "--webhook-ca",
                                            ca.string()};
  StartServer(options);
  const auto added = server().Send(
      "POST", "/v1/webhooks", R"({"url":")" + receiver.url() + R"(","types":["AccountOpened"]})");
  ASSERT_TRUE(added && added->status == 201);
  std::uint64_t accounts = 0;
  const auto open = [&] {
    while (server().Send("PUT", "/v1/accounts/a" + std::to_string(++accounts), "{}")) {
    }
  };
  for (std::uint64_t round = 0; round < kills; ++round) {
    std::thread opener(open);
    const std::chrono::milliseconds moment(random.Below(kMaxMillisOfEvents));
    EXPECT_FALSE(server().process().Wait(moment)) << "serve ended by itself";
    server().process().Kill();
    opener.join();
    StartServer(options);
  }
  const std::vector<std::int64_t> events = SequencesOf("AccountOpened");
  ASSERT_FALSE(events.empty());
  std::vector<Received> all = receiver.Await(events.size());
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (SequenceOf(all.back()) != events.back() && std::chrono::steady_clock::now() < until) {
    all = receiver.Await(all.size() + 1);
  }
  std::size_t reached = 0;  // how many were received so far
  std::size_t repeated = 0;
  for (const Received& one : all) {
    const std::int64_t sequence = SequenceOf(one);
    if (reached < events.size() && sequence == events[reached]) {
      ++reached;
      continue;
    }
    ++repeated;
    ASSERT_GT(reached, 0u) << "the first is not the first";
    ASSERT_EQ(sequence, events[reached - 1]) << "only the last one comes again";
  }
  EXPECT_EQ(reached, events.size()) << "all of them";
  EXPECT_LE(repeated, kills);
  std::printf("%zu events, %zu of them twice, after %llu kills\n", events.size(), repeated,
              static_cast<unsigned long long>(kills));
}

}  // namespace
}  // namespace latchkey::testing
