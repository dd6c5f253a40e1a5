// The refusals that a healthy ledger hardly ever gives: a queue that is full, a disk that fails, a
// request that still runs, a gateway that has had all its keys, a role that is too small. The
// client checks their form, including Retry-After, against api/openapi.yaml.
#include <optional>
#include <thread>

#include "core/base/limits.h"
#include "events/codec.h"
#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

using events::Event;

const std::string kAccount = "/v1/accounts/acme";

class RareRefusalsTest : public ApiTest {
 protected:
  RareRefusalsTest() { EXPECT_EQ(Owner().Send("PUT", kAccount).status, 201); }

  // A request of the owner whose append is under way and held back.
  HttpClient Hang(std::string_view target, std::string_view headers = "") {
    gate().Shut();
    HttpClient client = Owner();
    client.SendRaw(Bytes("PUT", target, headers));
    gate().WaitUntilAppending();
    return client;
  }
};

void ExpectRetryAfter(const HttpAnswer& answer) {
  const std::optional<std::string> seconds = answer.Header("Retry-After");
  ASSERT_TRUE(seconds) << answer.body;
  EXPECT_GT(std::stoi(*seconds), 0);
}

TEST_F(RareRefusalsTest, AFullQueueIsOverloadedAtOnceAndOnlyWhileItIsFull) {
  HttpClient held = Hang("/v1/accounts/held");
  while (sequencer().Submit({domain::OpenAccount{"acme"}}, [](const latchkey::Outcome&) {})) {
  }
  HttpClient owner = Owner();
  const HttpAnswer refused = owner.Send("PUT", "/v1/accounts/one-too-many");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Code(), "overloaded");
  ExpectRetryAfter(refused);
  EXPECT_EQ(owner.Get(kAccount).status, 200) << "reads go on";
  gate().Open();
  EXPECT_EQ(held.ReceiveAnswer("PUT", "/v1/accounts/held").status, 201);
  while (sequencer().metrics().queue != 0) std::this_thread::yield();
  EXPECT_EQ(owner.Send("PUT", "/v1/accounts/one-too-many").status, 201);
}

TEST_F(RareRefusalsTest, AFailingDiskLeavesTheOutcomeUnknownAndReadsGoOn) {
  for (const bool written : {false, true}) {
    SCOPED_TRACE(written ? "written all the same" : "not written");
    const std::string target = written ? "/v1/accounts/there" : "/v1/accounts/lost";
    const Headers key = {{"Idempotency-Key", target}};
    log().FailNextAppend(written);
    HttpClient owner = Owner();
    const HttpAnswer unknown = owner.Send("PUT", target, std::nullopt, key);
    EXPECT_EQ(unknown.status, 503);
    EXPECT_EQ(unknown.Code(), "outcome_unknown");
    ExpectRetryAfter(unknown);
    EXPECT_EQ(owner.Get(target).status, 404) << "nothing is seen before it is durable";
    EXPECT_EQ(owner.Send("PUT", "/v1/accounts/later").Code(), "read_only") << "writing has ended";
    EXPECT_EQ(owner.Get(kAccount).status, 200);
    Restart([&] { log().Reopen(); });
    EXPECT_EQ(Owner().Get(target).status, written ? 200 : 404);
    EXPECT_EQ(Owner().Send("PUT", target, std::nullopt, key).status, 201) << "safe to repeat";
    EXPECT_EQ(Owner().Get(target).status, 200);
  }
}

// A read error is the server's fault: the answer says whom to tell, the log what is wrong, under
// the same request id.
TEST_F(RareRefusalsTest, ALedgerThatCannotBeReadIsSaidInTheLog) {
  const std::string series = R"(latchkey_trouble_total{code="unusable"})";
  EXPECT_EQ(Metric(series), "0");
  log().FailReads(true);
  int met = 0;
  for (const std::string target :
       {"/v1/events/0", "/v1/events/0/entry", "/v1/events", "/v1/events?since=2000-01-01T00:00:00Z",
        "/v1/events?until=2100-01-01T00:00:00Z&order=desc"}) {
    SCOPED_TRACE(target);
    const HttpAnswer answer = Owner().Get(target);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.Code(), "overloaded");
    ExpectRetryAfter(answer);
    EXPECT_EQ(answer.body.find("damaged"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("tell who runs it"), std::string::npos) << answer.body;
    const std::string line = AwaitLine(std::string(answer.Json()["request_id"].as_string()));
    EXPECT_NE(line.find(R"("level":"error")"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("trouble":"unusable","detail":"the ledger is damaged: a checksum)"),
              std::string::npos)
        << line;
    EXPECT_EQ(line.find(token()), std::string::npos);
    EXPECT_EQ(Metric(series), std::to_string(++met));
  }
  EXPECT_EQ(Owner().Get(kAccount).status, 200) << "what needs no event goes on";
  log().FailReads(false);
  EXPECT_EQ(Owner().Get("/v1/events").status, 200);
}

TEST_F(RareRefusalsTest, AStreamThatCannotBeReadEndsAndSaysWhyInTheLog) {
  HttpClient reader = Follow("/v1/events/stream");
  log().FailReads(true);
  EXPECT_EQ(Owner().Send("PUT", "/v1/accounts/later").status, 201);
  EXPECT_TRUE(reader.WaitForClose());
  const std::string line = AwaitLine("stream_ended");
  EXPECT_NE(line.find(R"("level":"error")"), std::string::npos) << line;
  EXPECT_NE(line.find("the ledger is damaged"), std::string::npos) << line;
  EXPECT_NE(line.find("request_id"), std::string::npos) << line;
  EXPECT_EQ(Metric(R"(latchkey_trouble_total{code="unusable"})"), "1");
}

TEST_F(RareRefusalsTest, ARepeatOfARunningRequestIsInProgress) {
  const std::string key = "Idempotency-Key: \"twin\"\r\n";
  HttpClient first = Hang("/v1/accounts/twin", key);
  HttpClient second = Owner();
  const Headers same = {{"Idempotency-Key", "\"twin\""}};
  const HttpAnswer running = second.Send("PUT", "/v1/accounts/twin", std::nullopt, same);
  EXPECT_EQ(running.status, 409);
  EXPECT_EQ(running.Code(), "request_in_progress");
  gate().Open();
  EXPECT_EQ(first.ReceiveAnswer("PUT", "/v1/accounts/twin").status, 201);
  EXPECT_EQ(second.Send("PUT", "/v1/accounts/twin", std::nullopt, same).status, 201);
}

TEST_F(RareRefusalsTest, AGatewayThatHasHadAllItsKeysGetsNoMore) {
  const auto gateways = kAccount + "/gateways";
  const HttpAnswer added = Owner().Post(gateways, {{"name", "worn"}});
  const std::string gateway = "/v1/gateways/" + std::string(added.Json()["id"].as_string());
  const auto give = [&](std::uint32_t generation) {
    Restart([&] {
      Event event = Next(Event::kKeyIssued);
      events::IssuedKey key = event.key_issued().key();
      key.set_generation(generation);
      *event.mutable_key_regenerated()->mutable_key() = key;
      log().AppendElsewhere(events::Encode(event));
    });
  };
  give(ledger_limits::kMaxGenerations - 1);
  const HttpAnswer last = Owner().Post(gateway + "/key", {});
  EXPECT_EQ(last.status, 201);
  EXPECT_EQ(last.Json()["generation"], ledger_limits::kMaxGenerations);
  const HttpAnswer none = Owner().Post(gateway + "/key", {});
  EXPECT_EQ(none.status, 409);
  EXPECT_EQ(none.Code(), "generation_limit");
  EXPECT_EQ(Owner().Post(gateway + "/key/reveal", {}).status, 200) << "the last key is as good";
}

}  // namespace
}  // namespace latchkey::testing
