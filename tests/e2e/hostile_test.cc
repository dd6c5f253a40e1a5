// Hostile input costs only its own connection, and another client is not disturbed.
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>

#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "tests/e2e/bystander.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
namespace fs = std::filesystem;

constexpr auto kBeyondLimits = 45s;  // beyond every limit of time a server may set to a request

class HostileTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("calm");
    const AddedGateway gateway = AddGateway("calm", "bystander");
    bystander_ = std::make_unique<Bystander>(server(), gateway.id, gateway.key);
    bystander_->WaitFor(10);
  }
  void TearDown() override {
    bystander_->WaitFor(10);  // it still works after all that
    bystander_->Stop();
    EXPECT_EQ(server().Get("/readyz")->status, 200);
    E2eTest::TearDown();
  }

  std::vector<std::string> Listeners() {
    return {server().Management(1).address, server().Gateways(1).address};
  }
  RawConnection Open(const std::string& address) {
    RawConnection connection(address);
    EXPECT_TRUE(connection.StartTls({.ca_pem = server().ca_pem()}));
    return connection;
  }

 private:
  std::unique_ptr<Bystander> bystander_;
};

struct MalformedRow {
  const char* name;
  std::string bytes;
  int status;  // of the one answer; the connection then ends
};

// The rest of each would be a request of its own if the server misread the length.
const std::string kSmuggled = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::vector<MalformedRow> MalformedRequests() {
  const std::string post =
      "POST /v1/registrations/preflight HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\n";
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  return {
      {"no request line", "\r\n\r\nhello\r\n\r\n", 400},
      {"binary", "\x00\x01\x02\xff\xfe\r\n\r\n"s, 400},
      {"TLS inside TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s, 400},
      {"no version", "GET /healthz\r\n\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"version from nowhere", "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", 400},
      {"NUL in the target", "GET /heal\0thz HTTP/1.1\r\nHost: localhost\r\n\r\n"s, 400},
      {"NUL in a value", get + "X-A: a\0b\r\n\r\n"s, 400},
      {"NUL in a name", get + "X\0A: b\r\n\r\n"s, 400},
      {"space before the colon", get + "Content-Length : 0\r\n\r\n", 400},
      {"line without colon", get + "nonsense\r\n\r\n", 400},
      {"bare carriage return", get + "X-A: a\rX-B: b\r\n\r\n", 400},
      {"length twice, different", post + "Content-Length: 4\r\nContent-Length: 40\r\n\r\n{}{}",
       400},
      {"length twice, in one", post + "Content-Length: 4, 40\r\n\r\n{}{}", 400},
      {"length negative", post + "Content-Length: -1\r\n\r\n", 400},
      {"length with a sign", post + "Content-Length: +2\r\n\r\n{}", 400},
      {"length in hex", post + "Content-Length: 0x2\r\n\r\n{}", 400},
      {"length beyond 64 bits", post + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {"length and chunks",
       post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunks and length",
       post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
      {"chunks of no length", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
       400},
      {"encoding unknown", post + "Transfer-Encoding: xchunked\r\n\r\n{}", 400},
      {"encoding twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
       400},
      {"body too large", post + "Content-Length: 65537\r\n\r\n", 413},
      {"body of terabytes", post + "Content-Length: 99999999999999\r\n\r\n", 413},
      {"one header too large", get + "X-A: " + std::string(20'000, 'a') + "\r\n\r\n", 431},
      {"target too long", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
  };
}

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(HostileTest, AMalformedRequestGetsOneAnswerAndLosesItsConnection) {
  for (const std::string& address : Listeners()) {
    for (const MalformedRow& row : MalformedRequests()) {
      SCOPED_TRACE(std::string(row.name) + " at " + address);
      RawConnection connection = Open(address);
      connection.Send(row.bytes);
      connection.Send(kSmuggled);
      const auto answer = connection.ReadToEnd(kBeyondLimits);
      ASSERT_TRUE(answer) << "the connection stays open";
      EXPECT_TRUE(answer->starts_with("HTTP/1.1 " + std::to_string(row.status))) << *answer;
      EXPECT_EQ(CountOf(*answer, "X-Request-Id: "), 1u) << *answer;
      EXPECT_EQ(CountOf(*answer, "application/problem+json"), 1u) << *answer;
    }
  }
}

TEST_F(HostileTest, TooManyHeadersAreRefused) {
  std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 5'000; ++i) request += "a" + std::to_string(i) + ":\r\n";
  for (const std::string& address : Listeners()) {
    RawConnection connection = Open(address);
    connection.Send(request + "\r\n");
    const auto answer = connection.ReadToEnd(kBeyondLimits);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->starts_with("HTTP/1.1 431")) << *answer;
  }
}

TEST_F(HostileTest, ABodyBeyondItsLimitIsRefusedBeforeItIsRead) {
  for (const std::string& address : Listeners()) {
    RawConnection connection = Open(address);
    connection.Send(
        "POST /v1/registrations/preflight HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n");
    const auto answer = connection.ReadAnswer();  // not one byte of the body was sent
    EXPECT_EQ(answer.status, 413) << answer.body;
    EXPECT_EQ(Code(answer.body), "too_large");
  }
}

TEST_F(HostileTest, ChunksBeyondTheLimitAreRefused) {
  const std::string chunk = "1000\r\n" + std::string(0x1000, ' ') + "\r\n";
  for (const std::string& address : Listeners()) {
    RawConnection connection = Open(address);
    connection.Send(
        "POST /v1/registrations/preflight HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 64 && connection.Send(chunk); ++i) {
    }
    EXPECT_EQ(connection.ReadAnswer().status, 413);
  }
}

TEST_F(HostileTest, GarbageInsteadOfTlsEndsTheConnection) {
  SeededRandom random;
  std::vector<std::string> openings = {
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      std::string(100'000, '\0'),
      "\x16\x03\x01\xff\xff"s + std::string(70'000, 'x'),  // a record longer than any may be
      "\x16\x03\x01\x00\x05\x01\x00\xff\xff\xff"s,         // a hello that never comes whole
      "\x15\x03\x01\x00\x02\x02\x28"s,                     // an alert to begin with
      "\x17\x03\x03\x00\x04"s + "data",                    // data before any handshake
      "SSH-2.0-OpenSSH_9.2\r\n",
  };
  for (int i = 0; i < 50; ++i) openings.push_back(random.Bytes(1 + random.Below(2'000)));
  for (const std::string& address : Listeners()) {
    for (const std::string& opening : openings) {
      RawConnection connection(address);
      connection.SendPlain(opening);
      connection.Cut();
    }
    RawConnection connection(address);
    connection.SendPlain(openings[0]);
    EXPECT_TRUE(connection.ReadToEnd(kBeyondLimits)) << "it waits for more";
  }
}

// All at once, because each takes as long as its time limit.
TEST_F(HostileTest, SlowClientsAreCutOff) {
  const std::string post =
      "POST /v1/registrations/preflight HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n";
  std::vector<RawConnection> slow;
  for (const std::string& address : Listeners()) {
    slow.emplace_back(address);  // never begins TLS
    slow.emplace_back(address);  // begins, and leaves it there
    slow.back().SendPlain("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s);
    slow.push_back(Open(address));  // never sends the empty line
    slow.back().Send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    slow.push_back(Open(address));  // never sends the body
    slow.back().Send(post);
  }
  for (RawConnection& connection : slow) EXPECT_TRUE(connection.ReadToEnd(kBeyondLimits));
}

// A byte now and then keeps a connection busy, but no limit of time begins again for it.
TEST_F(HostileTest, DrippingHeadersDoNotBuyTime) {
  for (const std::string& address : Listeners()) {
    RawConnection connection = Open(address);
    connection.Send("GET /healthz HTTP/1.1\r\n");
    const auto until = std::chrono::steady_clock::now() + kBeyondLimits;
    std::optional<std::string> ended;
    while (!ended && std::chrono::steady_clock::now() < until) {
      if (!connection.Send("X")) break;
      ended = connection.ReadToEnd(500ms);
    }
    EXPECT_LT(std::chrono::steady_clock::now(), until) << "it is still open";
  }
}

TEST_F(HostileTest, IdleConnectionsByTheThousandDisturbNobody) {
  // Four thousand have room on each listener; the instrumented build makes them too slowly for a
  // test.
  const std::uint64_t count = FromEnvironment("LATCHKEY_IDLE_CONNECTIONS", 600);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  for (const auto& options : {server().Management(static_cast<unsigned>(count)),
                              server().Gateways(static_cast<unsigned>(count))}) {
    const auto idle = tools::LoadClient::Connect(options);
    ASSERT_TRUE(idle) << idle.error().detail;
    EXPECT_EQ((*idle)->open_connections(), count);
    EXPECT_EQ(server().Get("/readyz")->status, 200);
  }
}

TEST_F(HostileTest, LeavingEarlyIsNoTrouble) {
  SeededRandom random;
  const std::string request =
      tools::ComposeRequest("GET", "/v1/events?limit=1000", server().authorization(), "");
  for (const std::string& address : Listeners()) {
    for (int i = 0; i < 60; ++i) {
      RawConnection connection(address);
      if (i % 3 == 0) {
        connection.SendPlain("\x16\x03\x01");
      } else {
        connection.StartTls({.ca_pem = server().ca_pem()});
        connection.Send(std::string_view(request).substr(0, random.Below(request.size() + 1)));
        if (i % 3 == 2) connection.Send(request);
      }
      connection.Cut();
    }
  }
}

TEST_F(HostileTest, ManyRequestsAtOnceOnOneConnectionAreAnsweredInTurn) {
  constexpr std::size_t kRequests = 200;
  std::string requests;
  for (std::size_t i = 0; i < kRequests; ++i) requests += kSmuggled;
  for (const std::string& address : Listeners()) {
    RawConnection connection = Open(address);
    ASSERT_TRUE(connection.Send(requests));
    for (std::size_t i = 0; i < kRequests; ++i) {
      ASSERT_EQ(connection.ReadAnswer().status, 200) << i;
    }
  }
}

TEST_F(HostileTest, RenegotiationIsRefused) {
  for (const std::string& address : Listeners()) {
    RawConnection connection(address);
    ASSERT_TRUE(connection.StartTls({.ca_pem = server().ca_pem(), .only_tls12 = true}));
    ASSERT_TRUE(connection.Send(kSmuggled));
    ASSERT_EQ(connection.ReadAnswer().status, 200);
    EXPECT_FALSE(connection.Renegotiate());
  }
}

// Signed by a CA that is not ours: the handshake may end, or the request is refused; nothing else.
TEST_F(HostileTest, AForgedCertificateIsWorthNothing) {
  SeededRandom random;
  const Time now = SystemClock().Now();
  const auto ca = crypto::CertificateAuthority::Load(
      crypto::CertificateAuthority::Create("Latchkey CA 00000000", now, random));
  const tools::LoadKeyPair pair = tools::MakeKeyPair();
  const auto csr = crypto::CheckCsr(pair.csr_pem);
  ASSERT_TRUE(ca && csr);
  const auto forged = (*ca)->SignGateway(*csr, {"gw_00000001", "spiffe://example.org/gw_00000001"},
                                         now, 24h, random);
  RawConnection connection(server().Gateways(1).address);
  const tools::LoadIdentity identity{crypto::DerToPem(forged.der), pair.key_pem};
  if (!connection.StartTls({.ca_pem = server().ca_pem(), .identity = identity})) return;
  if (!connection.Send(tools::ComposeRequest("GET", "/v1/self", "", ""))) return;
  const auto answer = connection.ReadAnswer();
  EXPECT_TRUE(answer.status == 0 || answer.status == 401) << answer.body;
}

// Fewer than are promised, where the machine does not allow more.
TEST(OpenFilesTest, AServerThatMayOpenFewSaysWhatToRaise) {
  const TempDir directory;
  const fs::path output = directory / "output";
  auto serving = tools::ChildProcess::Start(
      {.arguments = {"sh", "-c", "ulimit -n 2000 && exec \"$0\" \"$@\"", Program().string(),
                     "serve", "--data", (directory / "data").string(), "--management",
                     "127.0.0.1:0", "--gateways", "127.0.0.1:0"},
       .error_log = output});
  ASSERT_TRUE(serving) << serving.error().detail;
  std::optional<std::string> line;
  do line = serving->ReadLine(kBeyondLimits);
  while (line && line->find("whoami") == std::string::npos);
  serving->Signal(SIGTERM);
  EXPECT_EQ(serving->Wait(kBeyondLimits), 0);
  std::ostringstream log;
  log << std::ifstream(output).rdbuf();
  EXPECT_NE(log.str().find("few_connections"), std::string::npos) << log.str();
  EXPECT_NE(log.str().find("to 16384 or more"), std::string::npos) << log.str();
}

}  // namespace
}  // namespace latchkey::testing
