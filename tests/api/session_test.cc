// How a connection behaves, byte by byte, for valid and for invalid HTTP.
#include <chrono>
#include <thread>

#include "core/base/position.h"
#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

class SessionTest : public ApiTest {};

TEST_F(SessionTest, AnswersOneRequestAfterAnotherOnOneConnection) {
  HttpClient owner = Owner();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(owner.Get("/healthz").status, 200);
    EXPECT_TRUE(owner.connected());
  }
}

TEST_F(SessionTest, AnswersPipelinedRequestsInTheirOrder) {
  HttpClient owner = Owner();
  const std::string body = R"({"name":"north"})";
  const std::string type = "Content-Type: application/json\r\n";
  owner.SendRaw(Bytes("PUT", "/v1/accounts/acme") +
                Bytes("POST", "/v1/accounts/acme/gateways", type, body) +
                Bytes("GET", "/v1/gateways/gw_00000001") + Bytes("GET", "/nowhere"));
  EXPECT_EQ(owner.ReceiveAnswer("PUT", "/v1/accounts/acme").status, 201);
  EXPECT_EQ(owner.ReceiveAnswer("POST", "/v1/accounts/acme/gateways").status, 201);
  EXPECT_EQ(owner.ReceiveAnswer("GET", "/v1/gateways/gw_00000001").status, 200);
  EXPECT_EQ(owner.ReceiveAnswer("GET", "/nowhere").status, 404);
}

TEST_F(SessionTest, ManyPipelinedRequestsGetTheirTurn) {
  HttpClient owner = Owner();
  constexpr int kRequests = 200;
  std::string bytes;
  for (int i = 0; i < kRequests; ++i) bytes += Bytes("GET", "/healthz");
  owner.SendRaw(bytes);
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(owner.ReceiveAnswer("GET", "/healthz").status, 200);
  }
}

TEST_F(SessionTest, ReadsARequestThatComesInPieces) {
  HttpClient owner = Owner();
  for (const char c :
       Bytes("PUT", "/v1/accounts/acme", "Content-Type: application/json\r\n", "{}")) {
    owner.SendRaw(std::string(1, c));
  }
  EXPECT_EQ(owner.ReceiveAnswer("PUT", "/v1/accounts/acme").status, 201);
}

TEST_F(SessionTest, PassesOverEmptyLinesBetweenRequests) {
  HttpClient owner = Owner();
  owner.SendRaw("\r\n\r\n" + Bytes("GET", "/healthz") + "\r\n" + Bytes("GET", "/healthz"));
  EXPECT_EQ(owner.ReceiveAnswer("GET", "/healthz").status, 200);
  EXPECT_EQ(owner.ReceiveAnswer("GET", "/healthz").status, 200);
}

TEST_F(SessionTest, HeadIsGetWithoutABody) {
  HttpClient owner = Owner();
  const HttpAnswer get = owner.Get("/v1/tokens/self");
  const HttpAnswer head = owner.Send("HEAD", "/v1/tokens/self");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.Header("Content-Length"), std::to_string(get.body.size()));
  owner.options().check = false;  // the contract tells refusals apart by a body
  EXPECT_EQ(owner.Send("HEAD", "/nowhere").status, 404);
  EXPECT_EQ(owner.Get("/healthz").status, 200) << "the connection is still in step";
}

TEST_F(SessionTest, SendsContinueWhenAsked) {
  HttpClient owner = Owner();
  owner.SendRaw(Bytes("PUT", "/v1/accounts/acme",
                      "Content-Type: application/json\r\nExpect: 100-continue\r\n"
                      "Content-Length: 2\r\n"));
  EXPECT_EQ(owner.ReceiveSome(), "HTTP/1.1 100 Continue\r\n\r\n");
  owner.SendRaw("{}");
  EXPECT_EQ(owner.ReceiveAnswer("PUT", "/v1/accounts/acme").status, 201);
}

TEST_F(SessionTest, RefusesALargeBodyUnreadAndThenCloses) {
  HttpClient owner = Owner();
  owner.SendRaw(Bytes("PUT", "/v1/accounts/acme", "Content-Length: 65537\r\n"));
  const HttpAnswer answer = owner.ReceiveAnswer("PUT", "/v1/accounts/acme");
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.Code(), "too_large");
  EXPECT_TRUE(answer.close);
  EXPECT_TRUE(owner.WaitForClose());
}

TEST_F(SessionTest, TheLastAnswerArrivesThoughItsBodyIsStillBeingSent) {
  HttpClient owner = Owner();
  owner.SendRaw(Bytes("PUT", "/v1/accounts/acme", "Content-Length: 200000\r\n") +
                std::string(200'000, 'x'));
  EXPECT_EQ(owner.ReceiveAnswer("PUT", "/v1/accounts/acme").status, 413);
}

TEST_F(SessionTest, MalformedHttpIsAProblemAndTheEnd) {
  HttpClient owner = Owner();
  owner.SendRaw("GARBAGE\r\n\r\n");
  const HttpAnswer answer = owner.ReceiveAnswer("", "");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.Code(), "request_malformed");
  EXPECT_TRUE(owner.WaitForClose());
}

TEST_F(SessionTest, ClosesWhenAsked) {
  HttpClient owner = Owner();
  EXPECT_TRUE(owner.Get("/healthz", {{"Connection", "close"}}).close);
  EXPECT_TRUE(owner.WaitForClose());
}

TEST_F(SessionTest, RefusalsComeInTheirOrder) {
  HttpClient stranger = Client(Listener::kManagement);
  const Headers json = {{"Content-Type", "application/json"}};
  EXPECT_EQ(stranger.Send("PUT", "/v1/accounts/acme", "{", json).status, 400);
  EXPECT_EQ(stranger.Send("PUT", "/v1/accounts/acme", "x", {{"Content-Type", "text/plain"}}).status,
            415);
  EXPECT_EQ(stranger.Send("PUT", "/v1/accounts/acme", "{}", json).status, 401);
  EXPECT_EQ(stranger.Get("/nowhere").status, 401);
  EXPECT_EQ(stranger.Send("DELETE", "/v1/ledger").status, 401);
  EXPECT_EQ(stranger.Send("DELETE", "/healthz").status, 405);
  HttpClient owner = Owner();
  EXPECT_EQ(owner.Send("PATCH", "/v1/gateways/gw_00000009", R"({"wrong":1})").status, 404);
  EXPECT_EQ(owner.Get("/v1/gateways/gw_00000009?wrong=1").status, 404);
  EXPECT_EQ(owner.Get("/nowhere").status, 404);
  EXPECT_EQ(owner.Send("DELETE", "/v1/ledger").Header("Allow"), "GET, HEAD");
}

TEST_F(SessionTest, AWriteIsSeenByTheReadThatNamesItsPosition) {
  HttpClient owner = Owner();
  const auto position = owner.Send("PUT", "/v1/accounts/acme").Header("Latchkey-Position");
  ASSERT_TRUE(position);
  EXPECT_EQ(owner.Get("/v1/accounts/acme?after_position=" + *position).status, 200);
  Position beyond = *ParsePosition(*position);
  beyond.sequence += 1;
  const HttpAnswer unknown = owner.Get("/v1/accounts?after_position=" + Format(beyond));
  EXPECT_EQ(unknown.Code(), "position_unknown");
  Position other = *ParsePosition(*position);
  other.epoch[0] = other.epoch[0] == '0' ? '1' : '0';
  EXPECT_EQ(owner.Get("/v1/accounts?after_position=" + Format(other)).Code(), "position_unknown");
  EXPECT_EQ(owner.Get("/v1/accounts?after_position=x").status, 422);
}

TEST_F(SessionTest, AReadWaitsForAPositionThatIsOnItsWayAndNoLonger) {
  HttpClient owner = Owner();
  const auto position = owner.Send("PUT", "/v1/accounts/acme").Header("Latchkey-Position");
  log().AppendElsewhere("an entry that nobody applies");
  Position next = *ParsePosition(*position);
  next.sequence += 1;
  const auto start = std::chrono::steady_clock::now();
  const HttpAnswer behind = owner.Get("/v1/accounts?after_position=" + Format(next));
  EXPECT_EQ(behind.status, 503);
  EXPECT_EQ(behind.Code(), "behind");
  EXPECT_LE(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_TRUE(behind.Header("Retry-After"));
  EXPECT_EQ(owner.Get("/healthz").status, 200) << "the connection goes on";
}

TEST_F(SessionTest, StoppingEndsIdleConnectionsAndStreamsAtOnce) {
  HttpClient idle = Owner();
  EXPECT_EQ(idle.Get("/readyz").status, 200);
  HttpClient reader = Owner();
  reader.SendRaw(Bytes("GET", "/v1/events/stream"));
  ASSERT_EQ(reader.ReceiveHead("GET", "/v1/events/stream").status, 200);
  const auto start = std::chrono::steady_clock::now();
  std::thread stopper([&] { server().Stop(8s); });
  EXPECT_TRUE(idle.WaitForClose());
  EXPECT_TRUE(reader.WaitForClose());
  reader.Close();  // the server waits a moment for its peers to see the end
  stopper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 6s);
  HttpClient late = Owner();
  EXPECT_FALSE(late.Connect());
}

TEST_F(SessionTest, AStopDuringACommandDoesNoHarm) {
  HttpClient owner = Owner();
  owner.SendRaw(Bytes("PUT", "/v1/accounts/acme"));
  server().Stop(0ms);
}

}  // namespace
}  // namespace latchkey::testing
