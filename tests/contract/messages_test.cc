// Messages to gateways, as operators and gateways see them. The rules are rows of
// tests/core/domain/messages_test.cc.
#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/http/limits.h"
#include "core/base/limits.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using L = ContractLedger;

constexpr std::string_view kCheckIn = "/v1/check-in";
// What a wait may take that something is to end at once, on a slow machine.
constexpr auto kAtOnce = 10s;
constexpr int kLong = 60;  // seconds

std::string MessagesOf(const Added& gateway) { return PathOf(gateway) + "/messages"; }

std::string Send(L& ledger, const Added& gateway, const json::object& more = {}) {
  json::object message = {{"kind", "config"}, {"body", {{"level", 3}}}};
  for (const auto& [name, value] : more) message[name] = value;
  const HttpAnswer answer = ledger.Management().Post(MessagesOf(gateway), message);
  EXPECT_EQ(answer.status, 201) << answer.body;
  if (answer.status != 201) return "";
  std::string id(answer.Json().at("id").as_string());
  EXPECT_EQ(answer.Header("Location"), MessagesOf(gateway) + "/" + id);
  return id;
}

json::object Acknowledge(const std::string& id, std::string_view result = "done",
                         std::string_view detail = "") {
  json::object one = {{"message", id}, {"result", result}};
  if (!detail.empty()) one["detail"] = detail;
  return {{"acknowledge", json::array{one}}};
}

std::vector<std::string> IdsIn(const HttpAnswer& answer) {
  std::vector<std::string> ids;
  EXPECT_EQ(answer.status, 200) << answer.body;
  if (answer.status != 200) return ids;
  const json::object heard = answer.Json();
  for (const json::value& message : heard.at("messages").as_array()) {
    ids.emplace_back(message.at("id").as_string());
  }
  return ids;
}

// Until so many check-ins wait.
void AwaitWaiting(const L& ledger, int count) {
  const std::string line = "\nlatchkey_waiting_check_ins " + std::to_string(count) + "\n";
  HttpClient client = ledger.Management();
  const auto until = std::chrono::steady_clock::now() + kAtOnce;
  while (client.Get("/metrics").body.find(line) == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << count << " do not wait";
    std::this_thread::yield();
  }
}

class MessagesTest : public ::testing::Test {
 protected:
  json::object Shown(const std::string& id) {
    return Ledger().Management().Get(MessagesOf(gateway_) + "/" + id).Json();
  }
  std::string State(const std::string& id) {
    return std::string(Shown(id).at("state").as_string());
  }
  HttpAnswer CheckIn(const json::object& body = {}) {
    return Ledger().Gateways(holder_).Post(kCheckIn, body);
  }
  // In a connection of its own, until the server answers.
  std::future<HttpAnswer> Wait() {
    return std::async(std::launch::async, [this] {
      HttpClient client = Ledger().Gateways(holder_);
      client.options().timeout = std::chrono::seconds(2 * kLong);
      return client.Post(kCheckIn, {{"wait_seconds", kLong}});
    });
  }
  const Added gateway_ = Ledger().Add(Ledger().NewAccount());
  Identity holder_ = Ledger().Install(gateway_);
};

TEST_F(MessagesTest, GoFromTheOperatorToTheGatewayAndBack) {
  const std::string id = Send(Ledger(), gateway_);
  EXPECT_EQ(State(id), "waiting");
  const HttpAnswer heard = CheckIn();
  ASSERT_EQ(IdsIn(heard), std::vector{id});
  const json::object message = heard.Json().at("messages").at(0).as_object();
  EXPECT_EQ(message.at("kind"), "config");
  EXPECT_EQ(message.at("body"), json::value({{"level", 3}}));
  EXPECT_EQ(State(id), "delivered");
  EXPECT_EQ(IdsIn(CheckIn()), std::vector{id}) << "until it is acknowledged";
  EXPECT_EQ(IdsIn(CheckIn(Acknowledge(id, "failed", "no room left"))), std::vector<std::string>());
  const json::object shown = Shown(id);
  EXPECT_EQ(shown.at("state"), "failed");
  EXPECT_EQ(shown.at("detail"), "no room left");
  EXPECT_TRUE(shown.at("acknowledged_at").is_string());
  EXPECT_EQ(shown.at("body"), json::value({{"level", 3}}));
}

TEST_F(MessagesTest, KeepTheFormOfTheirNumbersAndNoBlanks) {
  const std::string sent =
      "{\"kind\": \"config\",\n\"body\": { \"a b\" : [1.50, -0, 12345678901234567890123, \"\\u00e9 "
      "} ,\"] } }";
  const HttpAnswer answer = Ledger().Management().Send("POST", MessagesOf(gateway_), sent);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const std::string body = R"("body":{"a b":[1.50,-0,12345678901234567890123,"\u00e9 } ,"]})";
  EXPECT_NE(CheckIn().body.find(body), std::string::npos);
  const std::string id(answer.Json().at("id").as_string());
  EXPECT_NE(Ledger().Management().Get(MessagesOf(gateway_) + "/" + id).body.find(body),
            std::string::npos);
}

TEST_F(MessagesTest, AreListedNewestFirstByState) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Send(Ledger(), gateway_));
  CheckIn(Acknowledge(ids[1]));
  HttpClient client = Ledger().Management();
  const auto list = [&](const std::string& query) {
    const json::object page = client.Get(MessagesOf(gateway_) + query).Json();
    std::string text;
    for (const json::value& message : page.at("messages").as_array()) {
      const std::string id(message.at("id").as_string());
      text += std::to_string(std::find(ids.begin(), ids.end(), id) - ids.begin());
    }
    if (!page.at("next").is_null()) text += "+" + std::string(page.at("next").as_string());
    return text;
  };
  EXPECT_EQ(list(""), "43210");
  EXPECT_EQ(list("?limit=2"), "43+" + ids[3]);
  EXPECT_EQ(list("?limit=2&after=" + ids[3]), "21+" + ids[1]);
  EXPECT_EQ(list("?limit=2&after=" + ids[1]), "0");
  EXPECT_EQ(list("?state=done"), "1");
  EXPECT_EQ(list("?state=delivered"), "4320");
}

// Those never given go first; of the others those given longest ago.
TEST_F(MessagesTest, AreGivenInTheirOrderAlthoughNoneIsAcknowledged) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < 2 * api::limits::kMessagesOfCheckIn + 2; ++i) {
    ids.push_back(Send(Ledger(), gateway_));
  }
  const auto some = [&](std::size_t from, std::size_t until) {
    return std::vector<std::string>(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                    ids.begin() + static_cast<std::ptrdiff_t>(until));
  };
  const auto both = [](std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  EXPECT_EQ(IdsIn(CheckIn()), some(0, 16));
  Ledger().AdvanceClock(1s);
  EXPECT_EQ(IdsIn(CheckIn()), some(16, 32));
  Ledger().AdvanceClock(1s);
  EXPECT_EQ(IdsIn(CheckIn()), both(some(0, 14), some(32, 34)));
  Ledger().AdvanceClock(1s);
  EXPECT_EQ(IdsIn(CheckIn()), both(some(14, 16), some(16, 30)));
}

TEST_F(MessagesTest, EndAWait) {
  std::future<HttpAnswer> waiting = Wait();
  AwaitWaiting(Ledger(), 1);
  const std::string id = Send(Ledger(), gateway_);
  ASSERT_EQ(waiting.wait_for(kAtOnce), std::future_status::ready);
  EXPECT_EQ(IdsIn(waiting.get()), std::vector{id});
}

TEST_F(MessagesTest, ThatAreThereAlreadyLeaveNothingToWaitFor) {
  const std::string id = Send(Ledger(), gateway_);
  EXPECT_EQ(IdsIn(CheckIn({{"wait_seconds", kLong}})), std::vector{id});
}

TEST_F(MessagesTest, ToOthersDoNotEndAWait) {
  std::future<HttpAnswer> waiting = Wait();
  AwaitWaiting(Ledger(), 1);
  Send(Ledger(), Ledger().Add());
  EXPECT_EQ(waiting.wait_for(1s), std::future_status::timeout);
  Send(Ledger(), gateway_);
  waiting.get();
}

TEST_F(MessagesTest, AWaitEndsByItself) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(IdsIn(CheckIn({{"wait_seconds", 1}})), std::vector<std::string>());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
}

TEST_F(MessagesTest, ASecondCheckInEndsTheFirstWait) {
  std::future<HttpAnswer> first = Wait();
  AwaitWaiting(Ledger(), 1);
  EXPECT_EQ(CheckIn({{"wait_seconds", 1}}).status, 200);
  ASSERT_EQ(first.wait_for(kAtOnce), std::future_status::ready);
  EXPECT_EQ(first.get().status, 200);
}

TEST_F(MessagesTest, TheEndOfTheIdentityEndsItsWait) {
  std::future<HttpAnswer> waiting = Wait();
  AwaitWaiting(Ledger(), 1);
  EXPECT_EQ(Ledger().Management().Post(PathOf(gateway_) + "/deregister", {}).status, 200);
  ASSERT_EQ(waiting.wait_for(kAtOnce), std::future_status::ready);
  EXPECT_EQ(waiting.get().Code(), "certificate_revoked");
}

TEST_F(MessagesTest, TheConnectionGoesOnAfterAWait) {
  HttpClient client = Ledger().Gateways(holder_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Post(kCheckIn, {{"wait_seconds", 1}}).status, 200);
    EXPECT_TRUE(client.connected());
  }
  EXPECT_EQ(client.Get("/v1/self").status, 200);
}

// What is sent behind a check-in that waits is answered after it.
TEST_F(MessagesTest, ARequestBehindAWaitIsNotLost) {
  HttpClient client = Ledger().Gateways(holder_);
  ASSERT_TRUE(client.Connect());
  client.SendRaw(
      "POST /v1/check-in HTTP/1.1\r\nHost: latchkey\r\nContent-Type: application/json\r\n"
      "Content-Length: 18\r\n\r\n{\"wait_seconds\":1}");
  AwaitWaiting(Ledger(), 1);
  client.SendRaw("GET /v1/self HTTP/1.1\r\nHost: latchkey\r\n\r\n");
  EXPECT_EQ(client.ReceiveAnswer("POST", kCheckIn).status, 200);
  EXPECT_EQ(client.ReceiveAnswer("GET", "/v1/self").status, 200);
}

TEST_F(MessagesTest, AStopAnswersWhoeverWaits) {
  auto ledger = std::make_unique<L>();
  const Identity holder = ledger->Install(ledger->Add());
  HttpClient client = ledger->Gateways(holder);
  client.options().timeout = std::chrono::seconds(2 * kLong);
  std::future<HttpAnswer> waiting = std::async(std::launch::async, [&] {
    return client.Post(kCheckIn, {{"wait_seconds", kLong}});
  });
  AwaitWaiting(*ledger, 1);
  ledger.reset();
  ASSERT_EQ(waiting.wait_for(kAtOnce), std::future_status::ready);
  const HttpAnswer answer = waiting.get();
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json::object heard = answer.Json();
  ASSERT_TRUE(heard.contains("come_back_seconds"));
  EXPECT_LE(heard.at("come_back_seconds").as_int64(), api::limits::kMaxComeBackSeconds);
}

TEST_F(MessagesTest, AreAcknowledgedByACertificateThatJustEnded) {
  const std::string given = Send(Ledger(), gateway_);
  EXPECT_EQ(IdsIn(CheckIn()), std::vector{given});
  const std::string not_given = Send(Ledger(), gateway_);
  EXPECT_EQ(Ledger().Management().Post(PathOf(gateway_) + "/deregister", {}).status, 200);
  EXPECT_EQ(CheckIn(Acknowledge(given)).Code(), "certificate_revoked");
  EXPECT_EQ(CheckIn(Acknowledge(not_given)).Code(), "certificate_revoked");
  EXPECT_EQ(State(given), "done");
  EXPECT_EQ(State(not_given), "waiting");
}

TEST(LateAcknowledgement, CountsForAnHour) {
  L ledger;
  const Added gateway = ledger.Add();
  const Identity holder = ledger.Install(gateway);
  const std::string id = Send(ledger, gateway);
  EXPECT_EQ(IdsIn(ledger.Gateways(holder).Post(kCheckIn, {})), std::vector{id});
  EXPECT_EQ(ledger.Management().Post(PathOf(gateway) + "/deregister", {}).status, 200);
  ledger.Advance(ledger_limits::kLateAcknowledgement + 1s);
  EXPECT_EQ(ledger.Gateways(holder).Post(kCheckIn, Acknowledge(id)).Code(), "certificate_revoked");
  EXPECT_EQ(ledger.Management().Get(MessagesOf(gateway) + "/" + id).Json().at("state"),
            "delivered");
}

TEST_F(MessagesTest, AreCancelledUntilTheyHaveEnded) {
  const std::string id = Send(Ledger(), gateway_);
  const std::string path = MessagesOf(gateway_) + "/" + id;
  EXPECT_EQ(Ledger().Management().Send("DELETE", path).status, 204);
  EXPECT_EQ(Ledger().Management().Send("DELETE", path).Code(), "message_ended");
  EXPECT_EQ(IdsIn(CheckIn()), std::vector<std::string>());
  EXPECT_EQ(State(id), "cancelled");
  CheckIn(Acknowledge(id));
  EXPECT_EQ(State(id), "done") << "what the gateway did after all";
}

TEST(MessageLimits, ExpireWithTheirTime) {
  L ledger;
  const Added gateway = ledger.Add();
  const Identity holder = ledger.Install(gateway);
  const std::string id = Send(ledger, gateway, {{"expires_in_seconds", 5}});
  ledger.Advance(5s);
  EXPECT_EQ(IdsIn(ledger.Gateways(holder).Post(kCheckIn, {})), std::vector<std::string>());
  EXPECT_EQ(ledger.Management().Get(MessagesOf(gateway) + "/" + id).Json().at("state"), "expired");
}

TEST(MessageLimits, AHundredAreOpenAtATime) {
  L ledger({.messages_of_account = {10'000, 1us}});
  const Added gateway = ledger.Add();
  for (std::size_t i = 0; i < ledger_limits::kDefaultOpenMessages; ++i) Send(ledger, gateway);
  const HttpAnswer more =
      ledger.Management().Post(MessagesOf(gateway), {{"kind", "config"}, {"body", 1}});
  EXPECT_EQ(more.Code(), "too_many_messages");
  EXPECT_NE(Send(ledger, ledger.Add()), "") << "others have their own";
}

TEST(MessageLimits, OfOneAccountAreSentSoOften) {
  L ledger({.messages_of_account = {2, 1h}});
  const Added gateway = ledger.Add();
  Send(ledger, gateway);
  Send(ledger, ledger.Add());
  const HttpAnswer more =
      ledger.Management().Post(MessagesOf(gateway), {{"kind", "config"}, {"body", 1}});
  EXPECT_EQ(more.Code(), "rate_limited");
  EXPECT_TRUE(more.Header("Retry-After"));
  EXPECT_NE(Send(ledger, ledger.Add(ledger.NewAccount())), "") << "others have their own";
}

struct BadBody {
  const char* what;
  const char* body;
  const char* pointer;
};

class BadMessage : public ::testing::TestWithParam<BadBody> {};

TEST_P(BadMessage, IsNotSent) {
  const Added gateway = Ledger().Add();
  const HttpAnswer answer =
      Ledger().Management().Send("POST", MessagesOf(gateway), GetParam().body);
  EXPECT_EQ(answer.Code(), "validation_failed");
  EXPECT_NE(answer.body.find(GetParam().pointer), std::string::npos) << answer.body;
}

const BadBody kBad[] = {
    {"no_kind", R"({"body":1})", "/kind"},
    {"kind_with_capitals", R"({"kind":"Config","body":1})", "/kind"},
    {"no_body", R"({"kind":"config"})", "/body"},
    {"body_null", R"({"kind":"config","body":null})", "/body"},
    {"no_time", R"({"kind":"config","body":1,"expires_in_seconds":0})", "/expires_in_seconds"},
    {"a_year", R"({"kind":"config","body":1,"expires_in_seconds":31536000})",
     "/expires_in_seconds"},
    {"another_member", R"({"kind":"config","body":1,"expires":5})", "/expires"},
};
INSTANTIATE_TEST_SUITE_P(Rows, BadMessage, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return row.param.what; });

TEST_F(MessagesTest, AreTakenUpToFourKiB) {
  const auto send = [&](std::size_t bytes) {
    return Ledger().Management().Post(MessagesOf(gateway_),
                                      {{"kind", "config"}, {"body", std::string(bytes - 2, 'x')}});
  };
  EXPECT_EQ(send(ledger_limits::kMaxMessageBodyBytes).status, 201);
  EXPECT_EQ(send(ledger_limits::kMaxMessageBodyBytes + 1).Code(), "validation_failed");
}

class BadCheckIn : public ::testing::TestWithParam<BadBody> {};

TEST_P(BadCheckIn, IsRefused) {
  static const Identity holder = Ledger().Install(Ledger().Add());
  const HttpAnswer answer =
      Ledger().Gateways(holder).Send("POST", kCheckIn, std::string(GetParam().body));
  EXPECT_EQ(answer.Code(), "validation_failed");
  EXPECT_NE(answer.body.find(GetParam().pointer), std::string::npos) << answer.body;
}

const BadBody kBadCheckIns[] = {
    {"wait_below_nothing", R"({"wait_seconds":-1})", "/wait_seconds"},
    {"wait_too_long", R"({"wait_seconds":301})", "/wait_seconds"},
    {"no_list", R"({"acknowledge":{}})", "/acknowledge"},
    {"no_object", R"({"acknowledge":[1]})", "/acknowledge/0"},
    {"no_message", R"({"acknowledge":[{"result":"done"}]})", "/acknowledge/0/message"},
    {"no_id", R"({"acknowledge":[{"message":"7","result":"done"}]})", "/acknowledge/0/message"},
    {"no_result", R"({"acknowledge":[{"message":"msg_00000001"}]})", "/acknowledge/0/result"},
    {"another_result", R"({"acknowledge":[{"message":"msg_00000001","result":"ok"}]})",
     "/acknowledge/0/result"},
};
INSTANTIATE_TEST_SUITE_P(Rows, BadCheckIn, ::testing::ValuesIn(kBadCheckIns),
                         [](const auto& row) { return row.param.what; });

}  // namespace
}  // namespace latchkey::testing
