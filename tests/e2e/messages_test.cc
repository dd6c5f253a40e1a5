// Messages while the server is killed again and again: each that was answered is there, the gateway
// gets it, and it ends once.
#include <atomic>
#include <cstdio>
#include <set>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::uint64_t kMaxMillisOfTalk = 400;

// The gateway's side. What it acknowledged without an answer it says again.
class Listening {
 public:
  explicit Listening(tools::LoadIdentity identity) : identity_(std::move(identity)) {}

  std::string Request() const {
    json::array list;
    for (const std::string& id : done_) list.push_back({{"message", id}, {"result", "done"}});
    if (list.size() > 16) list.resize(16);
    return tools::ComposeRequest("POST", "/v1/check-in", "",
                                 json::serialize(json::object{{"acknowledge", list}}));
  }
  // Checks in until the server is gone, or there is nothing more while `stop` is set.
  void Run(const tools::ServedLedger& server, const std::atomic<bool>& stop) {
    for (;;) {
      tools::LoadOptions options = server.Gateways(1);
      options.identities = {identity_};
      const auto answer = tools::Fetch(options, Request());
      if (!answer) return;
      ASSERT_EQ(answer->status, 200) << answer->body;
      done_.clear();
      const json::value heard = ParseJson(answer->body);
      for (const json::value& message : heard.at("messages").as_array()) {
        const std::string id(message.at("id").as_string());
        given_.insert(id);
        done_.insert(id);
      }
      if (stop && done_.empty()) return;
    }
  }
  const std::set<std::string>& given() const { return given_; }

 private:
  const tools::LoadIdentity identity_;
  std::set<std::string> done_;  // not acknowledged yet, as far as is known
  std::set<std::string> given_;
};

class MessagesUnderKills : public E2eTest {};

TEST_F(MessagesUnderKills, AreNotLostAndEndOnce) {
  const std::uint64_t kills = FromEnvironment("LATCHKEY_MESSAGE_KILLS", 4);
  SeededRandom random;
  OpenAccount("acme");
  const InstalledGateway gateway = Install(AddGateway("acme", "paris"));
  Forget();
  const std::vector<std::string> unlimited = {"--messages-per-second", "100000"};
  StartServer(unlimited);
  Listening listening(gateway.identity);
  std::set<std::string> sent;
  std::atomic<bool> stop{false};
  const auto send = [&] {
    const std::string path = "/v1/gateways/" + gateway.id + "/messages";
    for (;;) {
      const auto answer = server().Send("POST", path, R"({"kind":"config","body":1})");
      if (!answer) return;
      if (answer->status == 201) sent.insert(Member(answer->body, "id"));
    }
  };
  for (std::uint64_t round = 0; round < kills; ++round) {
    std::thread sender(send);
    std::thread gateways([&] { listening.Run(server(), stop); });
    const std::chrono::milliseconds moment(random.Below(kMaxMillisOfTalk));
    EXPECT_FALSE(server().process().Wait(moment)) << "serve ended by itself";
    server().process().Kill();
    sender.join();
    gateways.join();
    StartServer(unlimited);
  }
  stop = true;
  listening.Run(server(), stop);
  std::printf("%zu messages were answered, %zu given\n", sent.size(), listening.given().size());
  for (const std::string& id : sent) {
    EXPECT_TRUE(listening.given().contains(id)) << id << " was never given";
  }
  EXPECT_EQ(CountEvents("type=MessageSent"), CountEvents("type=MessageEnded"));
  EXPECT_EQ(CountEvents("type=MessageSent"), listening.given().size());
}

}  // namespace
}  // namespace latchkey::testing
