// Streams of events: their content, how they end, and clients that do not read.
#include <vector>

#include "api/http/limits.h"
#include "core/base/position.h"
#include "core/crypto/hash.h"
#include "events/codec.h"
#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using events::Event;

class StreamTest : public ApiTest {
 protected:
  std::string PositionOf(std::uint64_t sequence) {
    Position position =
        *ParsePosition(*Owner().Send("PUT", "/v1/accounts/any").Header("Latchkey-Position"));
    position.sequence = sequence;
    return Format(position);
  }
};

TEST_F(StreamTest, AStreamStartsNowAndTellsWhatHappens) {
  HttpClient owner = Owner();
  const auto position = owner.Send("PUT", "/v1/accounts/before").Header("Latchkey-Position");
  HttpClient reader = Follow("/v1/events/stream");
  const auto at = owner.Send("PUT", "/v1/accounts/after").Header("Latchkey-Position");
  const std::string seen = ReadUntil(&reader, "\n\n");
  EXPECT_TRUE(seen.starts_with("id: " + *at + "\nevent: AccountOpened\ndata: {\"sequence\":"))
      << seen;
  EXPECT_EQ(seen.find("before"), std::string::npos);

  HttpClient resumed = Owner();
  resumed.SendRaw(Bytes("GET", "/v1/events/stream", "Last-Event-ID: " + *position + "\r\n"));
  ASSERT_EQ(resumed.ReceiveHead("GET", "/v1/events/stream").status, 200);
  EXPECT_EQ(ReadUntil(&resumed, "\n\n"), seen);
}

// In every form: this ledger never issued such a position, so it may be an old copy.
TEST_F(StreamTest, APositionBeyondTheEndIsASignOfARollback) {
  Position position = *ParsePosition(PositionOf(log().size() + 100));
  const auto ask_everywhere = [&] {
    const std::string text = Format(position);
    for (const std::string target :
         {"/v1/events?after_position=", "/v1/events?after=", "/v1/events/stream?after="}) {
      EXPECT_EQ(Owner().Get(target + text).Code(), "position_unknown") << target;
    }
    const HttpAnswer resumed = Owner().Get("/v1/events/stream", {{"Last-Event-ID", text}});
    EXPECT_EQ(resumed.Code(), "position_unknown");
  };
  ask_everywhere();
  EXPECT_EQ(Metric("latchkey_possible_rollback_total"), "4");
  position.epoch = "0123456789abcdef";
  ask_everywhere();
  EXPECT_EQ(Metric("latchkey_possible_rollback_total"), "4") << "of another ledger";
}

TEST_F(StreamTest, AStreamPassesOverWhatItsFiltersLeaveOut) {
  HttpClient owner = Owner();
  HttpClient reader = Follow("/v1/events/stream?type=GatewayAdded");
  owner.Send("PUT", "/v1/accounts/acme");
  owner.Post("/v1/accounts/acme/gateways", {{"name", "north"}});
  const std::string seen = ReadUntil(&reader, "\n\n");
  EXPECT_NE(seen.find("event: GatewayAdded"), std::string::npos);
  EXPECT_EQ(seen.find("AccountOpened"), std::string::npos);
}

TEST_F(StreamTest, KeepAlivesCarryThePositionReached) {
  EXPECT_EQ(api::limits::Patience{}.keep_alive, 15s);
  ServeWith({.keep_alive = 20ms});
  HttpClient reader = Follow("/v1/events/stream?type=GatewayRemoved");
  const auto at = *Owner().Send("PUT", "/v1/accounts/acme").Header("Latchkey-Position");
  const std::string keep_alive = ": " + at + "\nid: " + at + "\n\n";
  const std::string seen = ReadUntil(&reader, keep_alive + keep_alive);
  EXPECT_NE(seen.find(keep_alive + keep_alive), std::string::npos) << seen;
  EXPECT_EQ(seen.find("data:"), std::string::npos) << seen;
}

// Unsent events stay in the ledger: beyond the kernel's buffers only one buffer waits.
TEST_F(StreamTest, AReaderThatDoesNotReadIsLeftBehindAndDisturbsNobody) {
  constexpr std::uint64_t kEvents = 600;
  constexpr std::size_t kEventBytes = 50'000;  // together more than any socket's buffers
  ServeWith({.write = 500ms});
  Restart([&] {
    Event event = Next(Event::kOperatorTokenCreated);
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      auto& fact = *event.mutable_operator_token_created();
      event.set_sequence(log().size());
      fact.set_token(fact.token() + 1);
      fact.set_token_sha256(crypto::Sha256(std::to_string(i)));
      fact.clear_accounts();
      fact.add_accounts(std::string(kEventBytes, 'a'));
      log().AppendElsewhere(events::Encode(event));
    }
  });
  const std::string target = "/v1/events/stream?after=" + PositionOf(0);
  const std::uint64_t before = gate().reads();
  HttpClient slow = Follow(target);
  const std::string dropped =
      R"(latchkey_connections_dropped_total{listener="management",reason="slow"})";
  EXPECT_TRUE(AwaitMetric(dropped, "1"));
  EXPECT_LT(gate().reads() - before, kEvents / 2) << "was read for somebody who takes nothing";

  HttpClient stalled = Follow(target);
  HttpClient reader = Follow(target);
  const std::string last = "id: " + PositionOf(log().size() - 1) + "\n";
  EXPECT_NE(ReadUntil(&reader, last).find(last), std::string::npos);
  EXPECT_EQ(Owner().Send("PUT", "/v1/accounts/beside").status, 201);
}

TEST_F(StreamTest, AReaderThatTalksIsNotListenedToForEver) {
  HttpClient reader = Follow("/v1/events/stream");
  reader.SendRaw(std::string(api::limits::kMaxDiscardedBytes / 2, 'x'));
  const auto at = *Owner().Send("PUT", "/v1/accounts/acme").Header("Latchkey-Position");
  EXPECT_NE(ReadUntil(&reader, "\n\n").find(at), std::string::npos);
  reader.SendRaw(std::string(api::limits::kMaxDiscardedBytes, 'x'));
  EXPECT_TRUE(reader.WaitForClose());
}

TEST_F(StreamTest, AnOperatorHasSoManyAtATime) {
  ASSERT_EQ(Owner().Send("PUT", "/v1/accounts/mine").status, 201);
  std::vector<HttpClient> open;
  for (std::size_t i = 0; i < api::limits::kStreamsOfOperator; ++i) {
    open.push_back(Follow("/v1/events/stream?account=mine"));
  }
  const HttpAnswer refused = Owner().Get("/v1/events/stream");
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.Code(), "rate_limited");
  EXPECT_EQ(refused.Header("Retry-After"), "10");
  EXPECT_EQ(Metric(R"(latchkey_rate_limited_total{limit="streams"})"), "1");
  const std::string other = AddToken([](auto&) {});
  open.clear();
  (void)Follow("/v1/events/stream", other);
  for (std::size_t i = 0; i < api::limits::kStreamsOfOperator; ++i) {
    open.push_back(Follow("/v1/events/stream"));
  }
}

// The position of a keep-alive moves on with events that the stream is not for.
TEST_F(StreamTest, KeepAlivesPassOverWhatConcernsOthers) {
  ServeWith({.keep_alive = 20ms});
  ASSERT_EQ(Owner().Send("PUT", "/v1/accounts/mine").status, 201);
  HttpClient reader = Follow("/v1/events/stream?account=mine");
  const auto at = Owner().Send("PUT", "/v1/accounts/others").Header("Latchkey-Position");
  EXPECT_NE(ReadUntil(&reader, ": " + *at).find(": " + *at), std::string::npos);
}

TEST_F(StreamTest, EndsWhenItsTokenDoes) {
  const std::string token =
      AddToken([&](auto& fact) { fact.set_expires_us(ToMicros(clock().Now() + 1h)); });
  HttpClient ending = Follow("/v1/events/stream", token);
  HttpClient owners = Follow("/v1/events/stream");
  clock().Advance(59min);
  Owner().Send("PUT", "/v1/accounts/seen");
  EXPECT_NE(ReadUntil(&ending, "\n\n").find("seen"), std::string::npos);
  clock().Advance(2min);
  Owner().Send("PUT", "/v1/accounts/later");
  EXPECT_TRUE(ending.WaitForClose());
  EXPECT_NE(ReadUntil(&owners, "later").find("later"), std::string::npos);
}

TEST_F(StreamTest, EndsWithItsTokenThoughNothingHappens) {
  const std::string token =
      AddToken([&](auto& fact) { fact.set_expires_us(ToMicros(clock().Now() + 1h)); });
  ServeWith({.keep_alive = 20ms});
  HttpClient ending = Follow("/v1/events/stream", token);
  EXPECT_NE(ReadUntil(&ending, "\n\n").find("id: "), std::string::npos);
  clock().Advance(61min);
  const int most = 20;  // of what was on its way, and then some
  int more = 0;
  while (more < most && !ending.ReceiveSome().empty()) ++more;
  EXPECT_LT(more, most) << "it goes on";
}

}  // namespace
}  // namespace latchkey::testing
