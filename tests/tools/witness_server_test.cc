// A witness over HTTP: its routes, its limits, and the command that runs it.
#include "tools/witness/witness_server.h"

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "core/crypto/certificates.h"
#include "core/http/http_client.h"
#include "core/log/cosignature.h"
#include "tests/support/signed_log.h"
#include "tests/tools/served.h"
#include "tests/tools/witnessed.h"
#include "tools/witness/tls_files.h"

namespace latchkey::tools {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using asio::ip::tcp;
using latchkey::testing::SignedLog;
using latchkey::testing::TempDir;
using testing::Cli;
using testing::Ran;
using testing::Witnessed;

// Serves in a thread until it is destroyed.
class Serving {
 public:
  Serving(Witness& witness, WitnessServer::Options options = {}) {
    auto port = api::BoundPort::Bind("127.0.0.1:0");
    EXPECT_TRUE(port);
    auto server = WitnessServer::Listen(witness, *std::move(port), std::move(options));
    EXPECT_TRUE(server);
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~Serving() { End(); }

  void End() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
  }
  const std::string& address() const { return server_->address(); }
  HttpClient Client() const {
    HttpClient::Options options;
    options.url = "http://" + address();
    options.plain_to_loopback = true;
    return HttpClient(options);
  }

 private:
  std::unique_ptr<WitnessServer> server_;
  std::thread thread_;
};

// A bare connection.
class Bare {
 public:
  explicit Bare(const Serving& serving) : socket_(io_) {
    const std::string& address = serving.address();
    const auto port = std::stoi(address.substr(address.rfind(':') + 1));
    socket_.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
  }
  void Send(const std::string& bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  // One answer without a body's worth of interest: its head.
  std::string Head() {
    boost::system::error_code ended;
    asio::read_until(socket_, asio::dynamic_buffer(in_), "\r\n\r\n", ended);
    return in_.substr(0, in_.find("\r\n\r\n"));
  }
  // Everything until the other end closes.
  std::string ToEnd() {
    boost::system::error_code ended;
    asio::read(socket_, asio::dynamic_buffer(in_), ended);
    return in_;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  std::string in_;
};

ClientResponse Sent(HttpClient& client, const ClientRequest& request) {
  const auto answer = client.Send(request);
  EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
  return answer ? *answer : ClientResponse();
}

class WitnessServerTest : public ::testing::Test {
 protected:
  WitnessServerTest() : log_("log.example/1", 9), witnessed_({log_.key()}) {}

  SignedLog log_;
  Witnessed witnessed_;
};

TEST_F(WitnessServerTest, AnswersLogsAndMonitors) {
  const Serving serving(witnessed_.witness());
  HttpClient client = serving.Client();
  const std::string monitored = "/" + OriginHash(log_.origin()) + "/checkpoint";
  EXPECT_EQ(Sent(client, {"GET", monitored}).status, 404);
  const auto added = Sent(client, {"POST", "/add-checkpoint", log_.Body(0, 3)});
  EXPECT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(added.headers.at("content-type"), "text/plain; charset=utf-8");
  const auto latest = Sent(client, {"GET", monitored});
  EXPECT_EQ(latest.status, 200);
  EXPECT_EQ(latest.body, log_.NoteAt(3) + added.body);
  const auto conflict = Sent(client, {"POST", "/add-checkpoint", log_.Body(0, 5)});
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.headers.at("content-type"), "text/x.tlog.size");
  EXPECT_EQ(conflict.body, "3\n");
  EXPECT_EQ(Sent(client, {"POST", "/add-checkpoint", "nonsense"}).status, 400);
}

TEST_F(WitnessServerTest, KnowsItsRoutesAndMethodsAlone) {
  const Serving serving(witnessed_.witness());
  HttpClient client = serving.Client();
  const std::string hash = OriginHash(log_.origin());
  const struct {
    const char* method;
    std::string target;
    int status;
    const char* allow;
  } rows[] = {
      {"GET", "/add-checkpoint", 405, "POST"},
      {"PUT", "/add-checkpoint", 405, "POST"},
      {"POST", "/" + hash + "/checkpoint", 405, "GET, HEAD"},
      {"DELETE", "/" + hash + "/checkpoint", 405, "GET, HEAD"},
      {"GET", "/", 404, ""},
      {"POST", "/add-checkpoint/", 404, ""},
      {"POST", "/add-checkpoint?x", 404, ""},
      {"POST", "/sign-subtree", 404, ""},
      {"GET", "/" + hash, 404, ""},
      {"GET", "/" + hash.substr(1) + "/checkpoint", 404, ""},
      {"GET", "/" + std::string(64, 'A') + "/checkpoint", 404, ""},
      {"GET", "/" + std::string(64, 'a') + "/checkpoint", 404, ""},
  };
  for (const auto& row : rows) {
    const auto answer = Sent(client, {row.method, row.target, std::nullopt});
    EXPECT_EQ(answer.status, row.status) << row.method << row.target;
    const auto allow = answer.headers.find("allow");
    EXPECT_EQ(allow == answer.headers.end() ? "" : allow->second, row.allow) << row.target;
    EXPECT_FALSE(answer.body.empty());
  }
}

TEST_F(WitnessServerTest, TakesSeveralRequestsOnAConnectionAndNothingBehindABadOne) {
  const Serving serving(witnessed_.witness());
  Bare bare(serving);
  const std::string head = "HEAD / HTTP/1.1\r\nHost: w\r\n\r\n";
  bare.Send(head + head + "nonsense\r\n\r\n" + head);
  const std::string all = bare.ToEnd();
  std::size_t answers = 0;
  for (auto at = all.find("Date: "); at != std::string::npos; at = all.find("Date: ", at + 1)) {
    ++answers;
  }
  EXPECT_EQ(answers, 3u) << all;
  EXPECT_THAT(all, ::testing::HasSubstr("HTTP/1.1 400 Bad Request"));
  EXPECT_EQ(all.find("A witness has"), std::string::npos) << "an answer to HEAD has no body";
}

TEST_F(WitnessServerTest, RefusesWhatIsTooLongOrLacksItsHost) {
  const Serving serving(witnessed_.witness());
  const std::pair<std::string, const char*> rows[] = {
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: w\r\n\r\n", "HTTP/1.1 431 "},
      {"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 65537\r\n\r\n",
       "HTTP/1.1 413 "},
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 404 "},
  };
  for (const auto& [request, status] : rows) {
    Bare bare(serving);
    bare.Send(request);
    EXPECT_THAT(bare.ToEnd(), ::testing::StartsWith(status)) << request.substr(0, 40);
  }
  Bare waits(serving);
  waits.Send(
      "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\n"
      "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(waits.Head(), "HTTP/1.1 100 Continue");
}

TEST_F(WitnessServerTest, ClosesConnectionsThatAreSlow) {
  const Serving serving(witnessed_.witness(),
                        {.patience = {.header = 50ms, .body = 50ms, .idle = 50ms}});
  for (const std::string& sent :
       {std::string(), std::string("GET / HT"),
        std::string("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 5\r\n\r\nold")}) {
    Bare bare(serving);
    bare.Send(sent);
    EXPECT_EQ(bare.ToEnd(), "") << sent;
  }
  Bare idle(serving);
  idle.Send("GET / HTTP/1.1\r\nHost: w\r\n\r\n");
  EXPECT_THAT(idle.ToEnd(), ::testing::StartsWith("HTTP/1.1 404 "));
}

TEST_F(WitnessServerTest, HoldsSoManyConnectionsAndThenWaitsForOneToGo) {
  const Serving serving(witnessed_.witness());
  const std::string request = "GET / HTTP/1.1\r\nHost: w\r\n\r\n";
  std::vector<std::unique_ptr<Bare>> open;
  for (std::size_t i = 0; i < witness_limits::kConnections; ++i) {
    open.push_back(std::make_unique<Bare>(serving));
    open.back()->Send(request);
    EXPECT_THAT(open.back()->Head(), ::testing::StartsWith("HTTP/1.1 404 "));
  }
  Bare late(serving);
  late.Send(request);
  std::string head;
  std::thread waiting([&] { head = late.Head(); });
  open.pop_back();
  waiting.join();
  EXPECT_THAT(head, ::testing::StartsWith("HTTP/1.1 404 "));
}

TEST_F(WitnessServerTest, AnAddressHasAShareOfTheConnections) {
  const Serving serving(witnessed_.witness(), {.limit_loopback = true});
  std::vector<std::unique_ptr<Bare>> open;
  for (std::size_t i = 0; i < witness_limits::kConnectionsOfAddress; ++i) {
    open.push_back(std::make_unique<Bare>(serving));
    open.back()->Send("GET / HTTP/1.1\r\nHost: w\r\n\r\n");
    EXPECT_THAT(open.back()->Head(), ::testing::StartsWith("HTTP/1.1 404 "));
  }
  Bare refused(serving);
  EXPECT_EQ(refused.ToEnd(), "");
}

TEST_F(WitnessServerTest, AnAddressThatAsksTooOftenIsToldToWait) {
  const Serving serving(witnessed_.witness(), {.limit_loopback = true});
  Bare bare(serving);
  std::string all;
  for (std::uint32_t i = 0; i < 2 * witness_limits::kRequestsOfAddress.at_once; ++i) {
    all += "HEAD / HTTP/1.1\r\nHost: w\r\n\r\n";
  }
  bare.Send(all + "HEAD / HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n");
  const std::string answers = bare.ToEnd();
  EXPECT_THAT(answers, ::testing::StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(answers, ::testing::HasSubstr("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(answers, ::testing::HasSubstr("Retry-After: 1\r\n"));
}

TEST_F(WitnessServerTest, EndsWithConnectionsOpen) {
  Serving serving(witnessed_.witness());
  Bare idle(serving), half(serving);
  idle.Send("GET / HTTP/1.1\r\nHost: w\r\n\r\n");
  EXPECT_THAT(idle.Head(), ::testing::StartsWith("HTTP/1.1 404 "));
  half.Send("GET / HT");
  serving.End();
  EXPECT_EQ(half.ToEnd(), "");
}

TEST_F(WitnessServerTest, SpeaksTls) {
  TempDir directory;
  const SystemClock clock;
  latchkey::testing::SeededRandom random;
  const auto material = crypto::CertificateAuthority::Create("test", clock.Now(), random);
  std::ofstream(directory / "ca.pem") << material.certificate_pem;
  const auto ca = crypto::CertificateAuthority::Load(material);
  ASSERT_TRUE(ca);
  const auto certificate = (*ca)->SignServer({"127.0.0.1"}, clock.Now(), 1h, random);
  auto tls = api::MakeTlsContext(certificate.certificate_pem, certificate.key_pem.view());
  ASSERT_TRUE(tls);
  const Serving serving(witnessed_.witness(), {.tls = *tls});
  HttpClient client(
      {.url = "https://" + serving.address(), .trust = {directory / "ca.pem", "", ""}});
  EXPECT_EQ(Sent(client, {"POST", "/add-checkpoint", log_.Body(0, 3)}).status, 200);
  EXPECT_EQ(Sent(client, {"POST", "/add-checkpoint", log_.Body(3, 9)}).status, 200);
  Bare plain(serving);
  plain.Send("GET / HTTP/1.1\r\nHost: w\r\n\r\n");
  EXPECT_EQ(plain.ToEnd().find("HTTP/1.1"), std::string::npos);
}

// Two CAs, so that a client that knows one of them tells whose certificate it is shown.
class RenewedTlsTest : public WitnessServerTest {
 protected:
  RenewedTlsTest() {
    for (const char* name : {"one", "two"}) {
      const auto material = crypto::CertificateAuthority::Create(name, clock_.Now(), random_);
      std::ofstream(directory_ / name) << material.certificate_pem;
      const auto ca = crypto::CertificateAuthority::Load(material);
      certificates_.emplace(name, (*ca)->SignServer({"127.0.0.1"}, clock_.Now(), 1h, random_));
    }
    Write("one", "one");
  }

  // As of another time each, however fast the test is and coarse the disk's clock.
  void Write(const std::string& certificate, const std::string& key) {
    std::ofstream(directory_ / "crt") << certificates_.at(certificate).certificate_pem;
    std::ofstream(directory_ / "key") << certificates_.at(key).key_pem.view();
    written_ += 1s;
    fs::last_write_time(directory_ / "crt", written_);
  }
  bool Shows(const Serving& serving, const char* ca) const {
    HttpClient client({.url = "https://" + serving.address(), .trust = {directory_ / ca, "", ""}});
    return bool(client.Send({"GET", "/", ""}));
  }

  TempDir directory_;
  const SystemClock clock_;
  latchkey::testing::SeededRandom random_;
  std::map<std::string, crypto::CertificateAuthority::Material> certificates_;
  fs::file_time_type written_ = fs::file_time_type::clock::now();
};

TEST_F(RenewedTlsTest, IsReadWhenBothFilesHaveChanged) {
  TlsFiles files(directory_ / "crt", directory_ / "key");
  ASSERT_TRUE(files.Read());
  std::vector<std::string> told;
  const auto renewed = [&] {
    return bool(files.Renewed([&](const std::string& words) { told.push_back(words); }));
  };
  EXPECT_FALSE(renewed());
  const struct {
    const char* certificate;
    const char* key;
    bool good;
    const char* words;
  } rows[] = {
      {"two", "one", false, "cannot be used, so the one before is still presented"},
      {"two", "two", true, "it is presented now"},
      {"one", "two", false, "cannot be used"},
      {"one", "one", true, "it is presented now"},
  };
  for (const auto& row : rows) {
    Write(row.certificate, row.key);
    EXPECT_EQ(renewed(), row.good) << row.words;
    ASSERT_FALSE(told.empty());
    EXPECT_THAT(told.back(), ::testing::HasSubstr(row.words));
    EXPECT_FALSE(renewed()) << "once for each change";
  }
  EXPECT_EQ(told.size(), std::size(rows));
  fs::remove(directory_ / "key");
  EXPECT_FALSE(renewed()) << "it is just being replaced";
  EXPECT_EQ(told.size(), std::size(rows));
  EXPECT_FALSE(files.Read());
}

TEST_F(RenewedTlsTest, IsPresentedToNewConnections) {
  TlsFiles files(directory_ / "crt", directory_ / "key");
  auto tls = files.Read();
  ASSERT_TRUE(tls);
  const Serving serving(witnessed_.witness(), {.tls = *tls, .renewed = [&] {
                                                 return files.Renewed([](const std::string&) {});
                                               }});
  EXPECT_TRUE(Shows(serving, "one"));
  EXPECT_FALSE(Shows(serving, "two"));
  Write("two", "two");
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!Shows(serving, "two") && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_TRUE(Shows(serving, "two"));
  EXPECT_FALSE(Shows(serving, "one"));
}

// Refused before anything is made or served.
TEST(WitnessCommand, RefusesInWordsAndMakesNothing) {
  TempDir directory;
  const fs::path data = directory / "witness";
  const std::string key = log::VerifierKey(SignedLog("log.example/1").key());
  std::ofstream(directory / "key") << key << "\r\nmore\n";
  Witnessed other({});
  const Serving taken(other.witness());
  const struct {
    std::vector<std::string> arguments;
    int exit;
    const char* words;
  } rows[] = {
      {{"--listen", "0.0.0.0:0", "--log", key}, 2, "--tls-cert and --tls-key"},
      {{"--listen", "[::]:0", "--log", key}, 2, "loopback address behind a proxy"},
      {{"--listen", "here", "--log", key}, 2, "ADDR:PORT"},
      {{"--listen", "localhost:0", "--log", key}, 1, "not an address to listen on"},
      {{"--listen", taken.address(), "--log", key}, 1, "Cannot listen on"},
      {{"--listen", "127.0.0.1:0"}, 2, "--log"},
      {{"--listen", "127.0.0.1:0", "--log", "nonsense"}, 2, "--log: it is not a verifier key"},
      {{"--listen", "127.0.0.1:0", "--log", "@" + (directory / "none").string()}, 1, "none"},
      {{"--listen", "127.0.0.1:0", "--log", key, "--name", "a b"}, 2, "cannot name a witness"},
      {{"--listen", "127.0.0.1:0", "--log", key, "--tls-cert", directory / "key"}, 2, "--tls-key"},
      {{"--listen", "0.0.0.0:0", "--log", key, "--tls-cert", directory / "key", "--tls-key",
        directory / "key"},
       1,
       "--tls-cert"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> command = {"witness", "--data", data.string()};
    command.insert(command.end(), row.arguments.begin(), row.arguments.end());
    const Ran ran = Cli(command);
    EXPECT_EQ(ran.exit, row.exit) << ran.err;
    EXPECT_THAT(ran.err, ::testing::HasSubstr(row.words));
    EXPECT_FALSE(fs::exists(data)) << row.words;
  }
}

TEST(WitnessCommand, RefusesADirectoryThatIsNotAsItWas) {
  const SignedLog log("log.example/1", 3);
  Witnessed witnessed({log.key()});
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"witness", "--data", witnessed.data().string(), "--listen",
                               "127.0.0.1:0", "--log", log::VerifierKey(log.key())});
    return Cli(more);
  };
  const Ran in_use = run({});
  EXPECT_EQ(in_use.exit, 5) << in_use.err;
  EXPECT_THAT(in_use.err, ::testing::HasSubstr("Another latchkey witness has"));
  ASSERT_EQ(witnessed.Add(log.Body(0, 3)).status, 200);
  witnessed.Stop();
  const Ran renamed = run({"--name", "other.example"});
  EXPECT_EQ(renamed.exit, 2) << renamed.err;
  EXPECT_THAT(renamed.err, ::testing::HasSubstr("for good"));
  std::ofstream(witnessed.data() / "checkpoints" / OriginHash(log.origin()), std::ios::trunc);
  const Ran damaged = run({});
  EXPECT_EQ(damaged.exit, 5) << damaged.err;
  EXPECT_THAT(damaged.err, ::testing::HasSubstr("could cosign two histories"));
}

}  // namespace
}  // namespace latchkey::tools
