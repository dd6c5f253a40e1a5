// The server is killed again and again at random moments while operators write, installers redeem
// and gateways check in. Every answered write survives; every other request can be repeated.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <thread>

#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMaxMillisUntilKill = 120;
constexpr unsigned kFirstStartsKilled = 5;
constexpr unsigned kOfflineCheckEvery = 8;  // rounds
constexpr unsigned kStartKilledEvery = 5;
constexpr unsigned kWriters = 8;
constexpr unsigned kInstallers = 8;
constexpr unsigned kRunningGateways = 4;
constexpr unsigned kCheckers = 16;
constexpr std::size_t kKeysPerRound = 24;
constexpr std::size_t kMaxWritesPerRound = 2'000;
constexpr auto kLoadLimit = 20s;  // longer than any round lives

// One request of the load, and its status: 0 while unknown.
struct Sent {
  std::string bytes;
  int status = 0;
  std::string body;
  bool was_sent = false;
  std::size_t subject = 0;  // which gateway or key it is about
};

std::uint64_t SequenceOf(std::string_view head) {
  const auto position = tools::HeaderValue(head, "Latchkey-Position");
  const auto dash = position.rfind('-');
  return dash == std::string_view::npos ? 0 : std::stoull(std::string(position.substr(dash + 1)));
}

// Sends a list of requests, each once, over some connections. The server may die under it.
class Crowd {
 public:
  explicit Crowd(const tools::LoadOptions& options) {
    auto client = tools::LoadClient::Connect(options);
    EXPECT_TRUE(client) << client.error().detail;
    if (client) client_ = std::move(*client);
    on_connection_.resize(options.connections);
  }

  // Blocks until all are answered or lost.
  void SendAll(std::deque<Sent>* requests) {
    std::size_t next = 0;
    client_->Run(
        [&](unsigned connection) -> std::string_view {
          if (next >= requests->size()) return {};
          Sent& sent = (*requests)[next++];
          sent.was_sent = true;
          on_connection_[connection] = &sent;
          return sent.bytes;
        },
        [&](unsigned connection, const tools::LoadAnswer& answer) {
          Sent& sent = *on_connection_[connection];
          sent.status = answer.status;
          sent.body = answer.body;
          last_sequence_ = std::max(last_sequence_, SequenceOf(answer.head));
        },
        kLoadLimit);
  }

  std::uint64_t last_sequence() const { return last_sequence_; }

 private:
  std::unique_ptr<tools::LoadClient> client_;
  std::vector<Sent*> on_connection_;
  std::uint64_t last_sequence_ = 0;
};

// The expected state of a gateway, from answers alone.
struct Believed {
  std::string id;
  std::string name;
  std::string key;
  std::string certificate;  // of the redemption that won
  std::string key_pem;
  bool registered = false;
};

class CrashTest : public E2eTest {
 protected:
  void SetUp() override {}

  std::vector<std::string> ServeArguments() const {
    return {Program(),      "serve",       "--data",     data(),
            "--management", "127.0.0.1:0", "--gateways", "127.0.0.1:0"};
  }

  std::chrono::milliseconds RandomMoment(std::uint64_t most) {
    return std::chrono::milliseconds(random_.Below(most + 1));
  }

  // A server that is killed before or soon after it is ready.
  void KillWhileStarting() {
    auto process = tools::ChildProcess::Start(
        {.arguments = ServeArguments(), .output_log = log(), .error_log = log()});
    ASSERT_TRUE(process);
    EXPECT_FALSE(process->Wait(RandomMoment(kMaxMillisUntilKill))) << "serve ended by itself";
    process->Kill();
  }

  void StartAgain() {
    StartServer();
    if (served()) starts_.push_back(server().start_up().count());
  }

  std::deque<Sent> MakeWrites(unsigned round);
  std::deque<Sent> MakeRedemptions();
  std::deque<Sent> MakeCheckIns(tools::LoadOptions* options);
  void RunUntilKilled(std::deque<Sent>* writes, std::deque<Sent>* redemptions,
                      std::deque<Sent>* check_ins, const tools::LoadOptions& check_in_options);
  void SettleWrites(std::deque<Sent>* writes);
  void SettleRedemptions(std::deque<Sent>* redemptions);
  void SettleCheckIns(const std::deque<Sent>& check_ins);
  void ExpectNothingLost();
  void ExpectAsBelieved(std::size_t from);

  SeededRandom random_;
  std::vector<double> starts_;
  std::vector<Believed> gateways_;
  std::vector<std::size_t> unredeemed_;   // indexes of gateways_ with a key never presented
  std::vector<std::size_t> unconfirmed_;  // … with a certificate and no check-in yet
  std::vector<tools::LoadKeyPair> pairs_;
  std::uint64_t last_sequence_ = 0;  // of any answered write
};

// Three gateways added to one renamed, each under an Idempotency-Key of its own. A `subject` beyond
// the gateways known is a gateway to be.
std::deque<Sent> CrashTest::MakeWrites(unsigned round) {
  std::deque<Sent> writes;
  const std::size_t known = gateways_.size();
  std::size_t renamed = known > 0 ? random_.Below(known) : 0;
  for (std::size_t i = 0; i < kMaxWritesPerRound; ++i) {
    const std::string number = std::to_string(round) + "-" + std::to_string(i);
    const std::string headers = server().authorization() + "Idempotency-Key: " + number + "\r\n";
    Sent sent;
    if (i % 4 == 3 && renamed < known) {
      sent.subject = renamed++;
      sent.bytes = tools::ComposeRequest("PATCH", "/v1/gateways/" + gateways_[sent.subject].id,
                                         headers, "{\"name\":\"renamed-" + number + "\"}");
    } else {
      sent.subject = SIZE_MAX;
      sent.bytes = tools::ComposeRequest("POST", "/v1/accounts/crash/gateways", headers,
                                         "{\"name\":\"added-" + number + "\"}");
    }
    writes.push_back(std::move(sent));
  }
  return writes;
}

// Each key is presented by two installers, one right after the other.
std::deque<Sent> CrashTest::MakeRedemptions() {
  std::deque<Sent> redemptions;
  while (redemptions.size() < 2 * kKeysPerRound && !unredeemed_.empty()) {
    const std::size_t subject = unredeemed_.back();
    unredeemed_.pop_back();
    for (int installer = 0; installer < 2; ++installer) {
      Sent sent;
      sent.subject = subject;
      sent.bytes = RedemptionRequest(gateways_[subject].key, pairs_[installer].csr_pem);
      redemptions.push_back(std::move(sent));
    }
  }
  return redemptions;
}

// First check-ins of those that redeemed in the round before, each over a connection of its own.
std::deque<Sent> CrashTest::MakeCheckIns(tools::LoadOptions* options) {
  std::deque<Sent> check_ins;
  *options = server().Gateways(0);
  while (options->connections < kRunningGateways && !unconfirmed_.empty()) {
    Believed& gateway = gateways_[unconfirmed_.back()];
    Sent sent;
    sent.subject = unconfirmed_.back();
    sent.bytes = tools::ComposeRequest("POST", "/v1/check-in", "", "{\"version\":\"2.0\"}");
    check_ins.push_back(std::move(sent));
    options->identities.push_back({gateway.certificate, gateway.key_pem});
    ++options->connections;
    unconfirmed_.pop_back();
  }
  return check_ins;
}

void CrashTest::RunUntilKilled(std::deque<Sent>* writes, std::deque<Sent>* redemptions,
                               std::deque<Sent>* check_ins,
                               const tools::LoadOptions& check_in_options) {
  Crowd writers(server().Management(kWriters));
  Crowd installers(server().Gateways(kInstallers));
  Crowd gateways(check_in_options);
  std::thread writing([&] { writers.SendAll(writes); });
  std::thread installing([&] { installers.SendAll(redemptions); });
  std::thread checking([&] { gateways.SendAll(check_ins); });
  EXPECT_FALSE(server().process().Wait(RandomMoment(kMaxMillisUntilKill)))
      << "serve ended by itself";
  server().process().Kill();
  writing.join();
  installing.join();
  checking.join();
  last_sequence_ = std::max({last_sequence_, writers.last_sequence(), installers.last_sequence(),
                             gateways.last_sequence()});
}

// Unanswered requests are sent again under the same Idempotency-Key, and are then answered like the
// first time.
void CrashTest::SettleWrites(std::deque<Sent>* writes) {
  std::deque<Sent> again;
  for (Sent& sent : *writes) {
    if (sent.was_sent && sent.status == 0) again.push_back(sent);
  }
  Crowd(server().Management(kCheckers)).SendAll(&again);
  std::erase_if(*writes, [](const Sent& sent) { return sent.status == 0; });
  for (const std::deque<Sent>* list : {writes, &again}) {
    for (const Sent& sent : *list) {
      ASSERT_EQ(sent.status, sent.subject == SIZE_MAX ? 201 : 200) << sent.bytes << sent.body;
      if (sent.subject != SIZE_MAX) {
        gateways_[sent.subject].name = Member(sent.body, "name");
        continue;
      }
      unredeemed_.push_back(gateways_.size());
      gateways_.push_back({Member(sent.body, "id"), Member(sent.body, "name"),
                           Member(sent.body, "key"), "", "", false});
    }
  }
}

// Both installers of a key ask again: one of them has the certificate, the same as before if it was
// told before, and the other is refused, also if it was refused before.
void CrashTest::SettleRedemptions(std::deque<Sent>* redemptions) {
  std::deque<Sent> again;
  for (const Sent& sent : *redemptions) again.push_back({sent.bytes, 0, "", false, sent.subject});
  Crowd(server().Gateways(kCheckers)).SendAll(&again);
  for (std::size_t i = 0; i + 1 < again.size(); i += 2) {
    Believed& gateway = gateways_[again[i].subject];
    SCOPED_TRACE(gateway.id);
    const std::size_t winner = again[i].status / 100 == 2 ? i : i + 1;
    const std::size_t loser = winner == i ? i + 1 : i;
    ASSERT_EQ(again[winner].status / 100, 2) << again[winner].body;
    ASSERT_EQ(again[loser].status, 409) << again[loser].body;
    EXPECT_EQ(Code(again[loser].body), "key_already_redeemed");
    const Sent& before = (*redemptions)[winner];
    EXPECT_NE((*redemptions)[loser].status / 100, 2) << "both were told they had won";
    if (before.status != 0) {
      EXPECT_EQ(before.status / 100, 2) << before.body;
      EXPECT_EQ(Member(before.body, "certificate"), Member(again[winner].body, "certificate"));
    }
    gateway.certificate = Member(again[winner].body, "certificate");
    gateway.key_pem = pairs_[winner % 2].key_pem;
    unconfirmed_.push_back(again[i].subject);
  }
}

void CrashTest::SettleCheckIns(const std::deque<Sent>& check_ins) {
  for (const Sent& sent : check_ins) {
    Believed& gateway = gateways_[sent.subject];
    if (sent.status != 0) {
      EXPECT_EQ(sent.status, 200) << sent.body;
      gateway.registered = true;
      continue;
    }
    tools::LoadOptions options = server().Gateways(1);
    options.identities = {{gateway.certificate, gateway.key_pem}};
    const auto answer = tools::Fetch(options, sent.bytes);
    EXPECT_TRUE(answer && answer->status == 200) << (answer ? answer->body : "no answer");
    gateway.registered = true;
  }
}

// The ledger is at least as long as the furthest position that any answer named.
void CrashTest::ExpectNothingLost() {
  const auto ledger = Get("/v1/ledger");
  EXPECT_GT(ledger.at("size").to_number<std::uint64_t>(), last_sequence_);
}

void CrashTest::ExpectAsBelieved(std::size_t from) {
  std::deque<Sent> reads;
  for (std::size_t i = from; i < gateways_.size(); ++i) {
    Sent sent;
    sent.subject = i;
    sent.bytes = tools::ComposeRequest("GET", "/v1/gateways/" + gateways_[i].id,
                                       server().authorization(), "");
    reads.push_back(std::move(sent));
  }
  Crowd(server().Management(kCheckers)).SendAll(&reads);
  for (const Sent& sent : reads) {
    const Believed& gateway = gateways_[sent.subject];
    ASSERT_EQ(sent.status, 200) << gateway.id << sent.body;
    EXPECT_EQ(Member(sent.body, "name"), gateway.name);
    const std::string registration = Member(sent.body, "registration");
    if (gateway.registered) {
      EXPECT_EQ(registration, "registered") << gateway.id;
    } else if (!gateway.certificate.empty()) {
      EXPECT_EQ(registration, "registering") << gateway.id;
    }
  }
}

TEST_F(CrashTest, NothingAnsweredIsLostAndNothingIsRedeemedTwice) {
  const std::uint64_t crashes = FromEnvironment("LATCHKEY_CRASHES", 25);
  for (unsigned i = 0; i < kFirstStartsKilled; ++i) KillWhileStarting();
  for (int installer = 0; installer < 2; ++installer) pairs_.push_back(tools::MakeKeyPair());
  StartAgain();
  ASSERT_TRUE(served());
  OpenAccount("crash");
  for (unsigned round = 0; round < crashes && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::size_t known = gateways_.size();
    std::deque<Sent> writes = MakeWrites(round);
    std::deque<Sent> redemptions = MakeRedemptions();
    tools::LoadOptions check_in_options;
    std::deque<Sent> check_ins = MakeCheckIns(&check_in_options);
    RunUntilKilled(&writes, &redemptions, &check_ins, check_in_options);
    if (round % kStartKilledEvery == 1) KillWhileStarting();
    if (round % kOfflineCheckEvery == 1) CheckLedger();
    StartAgain();
    ASSERT_TRUE(served());
    ExpectNothingLost();
    SettleWrites(&writes);
    SettleRedemptions(&redemptions);
    SettleCheckIns(check_ins);
    ExpectAsBelieved(known);
  }
  ExpectAsBelieved(0);
  std::ranges::sort(starts_);
  std::printf("%zu gateways; ready again after %.0f ms at worst, %.0f ms mostly\n",
              gateways_.size(), starts_.back() * 1000, starts_[starts_.size() / 2] * 1000);
}

}  // namespace
}  // namespace latchkey::testing
