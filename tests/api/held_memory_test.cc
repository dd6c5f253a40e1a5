// What a peer that does not read makes the server hold.
#include <vector>

#include "api/http/limits.h"
#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

namespace limits = api::limits;

class HeldMemoryTest : public ApiTest {
 protected:
  // Connections that ask for more than any socket's buffers hold and take nothing of it. They are
  // all at a halt once this has returned.
  std::vector<HttpClient> AskAndDoNotRead(int connections, const std::string& target,
                                          Listener listener = Listener::kManagement) {
    std::vector<HttpClient> clients;
    std::string requests;
    for (int i = 0; i < 200; ++i) requests += Bytes("GET", target);
    for (int i = 0; i < connections; ++i) clients.push_back(Client(listener, token()));
    for (HttpClient& client : clients) client.SendRaw(requests);
    std::string before;
    for (std::string answered = Answered(); answered != before; answered = Answered()) {
      before = answered;
    }
    return clients;
  }

  std::string Answered() {
    // Each look is a request, and takes its turn behind what is being sent.
    for (int i = 0; i < 200; ++i) (void)Owner().Get("/healthz");
    return Metric(R"(latchkey_connections{listener="management"})") +
           Metric("latchkey_buffer_bytes");
  }

  std::size_t Held() { return std::stoul(Metric("latchkey_buffer_bytes")); }
};

TEST_F(HeldMemoryTest, NothingForBytesThatNeverChange) {
  const auto clients = AskAndDoNotRead(10, "/openapi.yaml");
  EXPECT_EQ(Held(), 0u) << "each holds no more than " << limits::kFreeBufferBytes;
}

TEST_F(HeldMemoryTest, OneCopyOfAPage) {
  for (int i = 0; i < 400; ++i) {
    ASSERT_EQ(Owner().Send("PUT", "/v1/accounts/a" + std::to_string(i)).status, 201);
  }
  const std::size_t page = Owner().Get("/v1/events?limit=1000").body.size();
  ASSERT_GT(page, 3 * limits::kFreeBufferBytes);
  constexpr std::size_t kConnections = 5;
  const auto clients = AskAndDoNotRead(kConnections, "/v1/events?limit=1000");
  EXPECT_GT(Held(), kConnections * (page - limits::kFreeBufferBytes));
  // A string may have grown to twice what it holds.
  EXPECT_LT(Held(), kConnections * (2 * page + limits::kReadBytes));
}

// Whoever reads slowly keeps the bytes from being freed when there are newer ones.
TEST_F(HeldMemoryTest, BytesThatOthersShareCountForEach) {
  constexpr std::size_t kBytes = 8 * 1024 * 1024;
  documents().revocations.Put({std::string(kBytes, 'x'), "\"tag\""});
  constexpr std::size_t kConnections = 2;
  const auto clients = AskAndDoNotRead(kConnections, "/crl.der", Listener::kGateways);
  EXPECT_GE(Held(), kConnections * (kBytes - limits::kFreeBufferBytes));
  EXPECT_LT(Held(), kConnections * (kBytes + 4 * limits::kFreeBufferBytes));
}

TEST_F(HeldMemoryTest, ComesBackWhenTheyGo) {
  for (int i = 0; i < 400; ++i) {
    ASSERT_EQ(Owner().Send("PUT", "/v1/accounts/a" + std::to_string(i)).status, 201);
  }
  auto clients = AskAndDoNotRead(2, "/v1/events?limit=1000");
  ASSERT_GT(Held(), 0u);
  clients.clear();
  EXPECT_TRUE(AwaitMetric("latchkey_buffer_bytes", "0"));
}

}  // namespace
}  // namespace latchkey::testing
