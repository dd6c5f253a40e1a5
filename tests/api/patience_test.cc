// The time limits: each is shortened in turn while all others are long.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "tests/api/api_fixture.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using api::limits::Patience;

constexpr Patience kEndless{1h, 1h, 1h, 1h, 1h, 1h};
constexpr auto kShort = 500ms;
constexpr int kMaxFile = 4'096;
constexpr std::chrono::milliseconds kWaited = 20s;
const std::string kDropped =
    R"(latchkey_connections_dropped_total{listener="management",reason="slow"})";

class PatienceTest : public ApiTest {
 protected:
  // Sends these bytes without TLS and waits for the server to hang up.
  bool HangsUpOn(std::string_view bytes) {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    const std::string address = server().management_address();
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    socket.connect({asio::ip::address_v4::loopback(), port});
    asio::write(socket, asio::buffer(bytes));
    pollfd ended{socket.native_handle(), POLLIN, 0};
    char byte = 0;
    return ::poll(&ended, 1, static_cast<int>(kWaited.count())) == 1 &&
           ::recv(socket.native_handle(), &byte, 1, 0) <= 0;
  }

  bool HangsUp(std::string_view sent) {
    HttpClient client = Owner();
    EXPECT_TRUE(client.Connect());
    if (!sent.empty()) client.SendRaw(sent);
    return client.WaitForClose();
  }

  bool HangsUpAfterAnAnswer() {
    HttpClient client = Owner();
    EXPECT_EQ(client.Get("/healthz").status, 200);
    return client.WaitForClose();
  }

  // Requests more than any socket's buffers hold and reads none of it.
  bool HangsUpOnAClientThatDoesNotRead() {
    HttpClient client = Owner();
    std::string requests;
    for (int i = 0; i < 300; ++i) requests += Bytes("GET", "/openapi.yaml");
    client.SendRaw(requests);
    return AwaitMetric(kDropped, "1");
  }
};

TEST_F(PatienceTest, EndsWithWhoeverTakesTooLong) {
  const std::string half_a_head = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  const std::string half_a_body = Bytes("PUT", "/v1/accounts/acme", "Content-Length: 2\r\n") + "{";
  const struct {
    const char* name;
    std::chrono::milliseconds Patience::*limit;
    std::function<bool()> hangs_up;
    bool counted;  // as slow; a connection that is idle has done nothing wrong
  } rows[] = {
      {"nothing", &Patience::handshake, [&] { return HangsUpOn(""); }, true},
      {"half a hello", &Patience::handshake,
       [&] { return HangsUpOn(std::string_view("\x16\x03\x01\x02\x00\x01", 6)); }, true},
      {"no request after the handshake", &Patience::header, [&] { return HangsUp(""); }, false},
      {"half a head", &Patience::header, [&] { return HangsUp(half_a_head); }, true},
      {"half a body", &Patience::body, [&] { return HangsUp(half_a_body); }, true},
      {"nothing more", &Patience::idle, [&] { return HangsUpAfterAnAnswer(); }, false},
      {"answers unread", &Patience::write, [&] { return HangsUpOnAClientThatDoesNotRead(); }, true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Patience patience = kEndless;
    patience.*row.limit = kShort;
    ServeWith(patience);
    EXPECT_TRUE(row.hangs_up());
    EXPECT_EQ(Metric(kDropped), row.counted ? "1" : "0");
  }
}

// The kernel does the asking: what it was told is read from the server's end of the connection,
// which is in this process.
TEST_F(PatienceTest, HasPeersAskedWhetherTheyAreStillThere) {
  HttpClient client = Owner();
  ASSERT_EQ(client.Get("/healthz").status, 200);
  const std::string address = server().management_address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  int found = 0;
  for (int file = 0; file < kMaxFile; ++file) {
    sockaddr_in local{}, peer{};
    socklen_t size = sizeof(local);
    if (::getsockname(file, reinterpret_cast<sockaddr*>(&local), &size) != 0) continue;
    size = sizeof(peer);
    if (::getpeername(file, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (local.sin_family != AF_INET || ntohs(local.sin_port) != port) continue;
    ++found;
    const auto option = [&](int level, int name) {
      int value = 0;
      socklen_t length = sizeof(value);
      EXPECT_EQ(::getsockopt(file, level, name, &value, &length), 0);
      return value;
    };
    EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), api::limits::kProbeAfter.count());
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), api::limits::kProbeEvery.count());
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), api::limits::kProbes);
  }
  EXPECT_EQ(found, 1);
}

}  // namespace
}  // namespace latchkey::testing
