// `latchkey witness` as a process of its own: over TLS and in clear, ended and killed.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/hex.h"
#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "core/http/http_client.h"
#include "core/log/cosignature.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"
#include "tests/support/fakes.h"
#include "tests/support/signed_log.h"
#include "tools/bench/load_process.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class WitnessProcessTest : public ::testing::Test {
 protected:
  WitnessProcessTest() : log_("log.example/1", 64) {}

  void Start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        Program(),  "witness",     "--data", (directory_ / "witness").string(),
        "--listen", "127.0.0.1:0", "--log",  log::VerifierKey(log_.key())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto started = tools::ChildProcess::Start({.arguments = arguments});
    ASSERT_TRUE(started) << started.error().detail;
    process_.emplace(*std::move(started));
    url_ = After("listens at");
    key_ = ParsedKey(key_text_);
    ASSERT_FALSE(url_.empty());
  }
  // The word behind a label of what the process prints.
  std::string After(const std::string& label) {
    while (const auto line = process_->ReadLine(kPatience)) {
      const auto word = [&](const std::string& of) {
        const auto at = line->find_first_not_of(' ', line->find(of) + of.size());
        return line->substr(at, line->find(' ', at) - at);
      };
      if (line->find("verifier key") != std::string::npos) key_text_ = word("verifier key");
      if (line->find(label) != std::string::npos) return word(label);
    }
    return {};
  }
  static log::NoteKey ParsedKey(const std::string& text) {
    const auto key = log::ParseCosignerKey(text);
    EXPECT_TRUE(key) << text;
    return key.value_or(log::NoteKey());
  }
  HttpClient Client(const Trust& trust = {}) const {
    HttpClient::Options options;
    options.url = url_;
    options.trust = trust;
    options.plain_to_loopback = true;
    return HttpClient(options);
  }
  static ClientRequest Adding(const std::string& body) { return {"POST", "/add-checkpoint", body}; }
  ClientRequest Monitoring() const {
    return {"GET", "/" + text::ToHex(crypto::Sha256(log_.origin())) + "/checkpoint"};
  }
  void End(int signal) {
    process_->Signal(signal);
    EXPECT_EQ(process_->Wait(kPatience), 0);
    process_.reset();
  }

  TempDir directory_;
  SignedLog log_;
  std::optional<tools::ChildProcess> process_;
  std::string url_;
  std::string key_text_;
  log::NoteKey key_;
};

TEST_F(WitnessProcessTest, CosignsAndGoesOnAfterARestart) {
  Start({"--name", "witness.example/1"});
  EXPECT_EQ(key_.name, "witness.example/1");
  auto answer = Client().Send(Adding(log_.Body(0, 5)));
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(answer->status, 200) << answer->body;
  const auto found = log::FindCosignature(log_.NoteAt(5) + answer->body, key_);
  EXPECT_TRUE(found && *found) << "by the key that it has printed";
  End(SIGTERM);
  const log::NoteKey before = key_;
  Start();
  EXPECT_EQ(key_.public_key, before.public_key);
  EXPECT_EQ(key_.name, before.name);
  answer = Client().Send(Adding(log_.Body(0, 9)));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->body, "5\n");
  End(SIGINT);
}

TEST_F(WitnessProcessTest, SpeaksTlsWithTheCertificateGiven) {
  const SystemClock clock;
  SeededRandom random;
  const auto material = crypto::CertificateAuthority::Create("test", clock.Now(), random);
  const auto ca = crypto::CertificateAuthority::Load(material);
  ASSERT_TRUE(ca);
  const auto certificate = (*ca)->SignServer({"127.0.0.1"}, clock.Now(), 1h, random);
  std::ofstream(directory_ / "ca.pem") << material.certificate_pem;
  std::ofstream(directory_ / "chain.pem") << certificate.certificate_pem;
  std::ofstream(directory_ / "key.pem") << certificate.key_pem.view();
  Start({"--tls-cert", directory_ / "chain.pem", "--tls-key", directory_ / "key.pem"});
  EXPECT_THAT(url_, ::testing::StartsWith("https://"));
  HttpClient client = Client({directory_ / "ca.pem", "", ""});
  const auto answer = client.Send(Adding(log_.Body(0, 5)));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200) << answer->body;
  RawConnection garbage(url_.substr(url_.rfind('/') + 1));
  garbage.SendPlain("GET / HTTP/1.1\r\n\r\n");
  const auto left = garbage.ReadToEnd(kPatience);
  ASSERT_TRUE(left) << "it closes the connection";
  EXPECT_EQ(left->find("HTTP/1.1"), std::string::npos);
  End(SIGTERM);
}

TEST_F(WitnessProcessTest, EndsInTimeWhateverItsPeersDo) {
  Start();
  const std::string address = url_.substr(url_.rfind('/') + 1);
  RawConnection silent(address), half(address), slow(address);
  half.SendPlain("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\nold");
  slow.SendPlain("GET / HT");
  const auto answer = Client().Send(Monitoring());
  ASSERT_TRUE(answer) << "all of them are connected";
  const auto began = std::chrono::steady_clock::now();
  End(SIGTERM);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

// Killed at any moment, it knows the last checkpoint that it has answered, or one that it was asked
// for since.
TEST_F(WitnessProcessTest, ForgetsNothingWhenItIsKilled) {
  SeededRandom random;
  std::uint64_t answered = 0;
  for (int round = 0; round < 6; ++round) {
    Start();
    HttpClient client = Client();
    const auto latest = client.Send(Monitoring());
    ASSERT_TRUE(latest) << latest.error().message;
    std::uint64_t size = 0;
    if (latest->status == 200) {
      const auto checkpoint = log::ParseCheckpoint(*log::OpenNote(latest->body, log_.key()));
      ASSERT_TRUE(checkpoint);
      size = checkpoint->head.size;
      EXPECT_EQ(checkpoint->head.root, log_.HeadAt(size).root);
    }
    ASSERT_TRUE(size == answered || size == answered + 1) << size << " after " << answered;
    answered = size;
    const std::uint64_t more = random.Below(6);
    for (std::uint64_t i = 0; i < more; ++i) {
      const auto answer = client.Send(Adding(log_.Body(answered, answered + 1)));
      ASSERT_TRUE(answer && answer->status == 200) << (answer ? answer->body : "");
      ++answered;
    }
    // A request on its way when the process is killed.
    RawConnection last(url_.substr(url_.rfind('/') + 1));
    const std::string body = log_.Body(answered, answered + 1);
    last.SendPlain("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body);
    process_->Kill();
    process_.reset();
  }
}

}  // namespace
}  // namespace latchkey::testing
