// The doors to a certificate beside POST /v1/registrations: EST enrolment, renewal, EST
// re-enrolment. Under contest, lost answers and kills of the server each gives one certificate, and
// every repeat gives the same.
#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/base64.h"
#include "core/base/limits.h"
#include "core/crypto/pem.h"
#include "tests/e2e/e2e_ledger.h"
#include "tests/e2e/raw_connection.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

using tools::Fetched;

constexpr unsigned kAskersOfDoor = 16;
constexpr std::size_t kAskersPerKill = 6;
constexpr std::uint64_t kMaxMillisAtDoor = 80;

struct Door {
  const char* name;
  const char* target;
  bool enrols;  // with a key; else renews, with a certificate
  bool est;
  const char* fact;
};

const Door kDoors[] = {
    {"EstEnrolment", "/.well-known/est/simpleenroll", true, true, "KeyRedeemed"},
    {"Renewal", "/v1/certificate", false, false, "RenewalIssued"},
    {"EstReenrolment", "/.well-known/est/simplereenroll", false, true, "RenewalIssued"},
};

// A gateway at the door, with the key pair that it wants a certificate for.
struct Asker {
  AddedGateway gateway;
  std::vector<tools::LoadIdentity> identities{};
  tools::LoadKeyPair pair = tools::MakeKeyPair();
};

class DoorTest : public E2eTest, public ::testing::WithParamInterface<Door> {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    OpenAccount("doors");
  }

  Asker MakeAsker(const std::string& name) {
    Asker asker{AddGateway("doors", name)};
    if (!GetParam().enrols) asker.identities = {Install(asker.gateway).identity};
    return asker;
  }

  std::string Request(const Asker& asker, const std::string& csr_pem) const {
    if (!GetParam().est) {
      return tools::ComposeRequest("POST", GetParam().target, "",
                                   boost::json::serialize(boost::json::object{{"csr", csr_pem}}));
    }
    const std::string key = "any:" + asker.gateway.key;
    const std::string basic = "Authorization: Basic " + text::ToBase64(key) + "\r\n";
    std::string request =
        tools::ComposeRequest("POST", GetParam().target, GetParam().enrols ? basic : "",
                              text::ToBase64(crypto::ReadPem(csr_pem)->at(0).der));
    constexpr std::string_view kJson = "application/json";
    return request.replace(request.find(kJson), kJson.size(), "application/pkcs10");
  }
  std::string Request(const Asker& asker) const { return Request(asker, asker.pair.csr_pem); }

  Result<Fetched> Ask(const Asker& asker, const std::string& request) {
    tools::LoadOptions options = server().Gateways(1);
    options.identities = asker.identities;
    return tools::Fetch(options, request);
  }
  Fetched AskAnswered(const Asker& asker, const std::string& request) {
    const auto answer = Ask(asker, request);
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer.value_or(Fetched{});
  }

  // What the answer gives, in the form of its door.
  static std::string CertificateIn(const Fetched& answer) {
    if (answer.status / 100 != 2) return "";
    return GetParam().est ? answer.body : Member(answer.body, "certificate");
  }
  std::uint64_t CountFacts(const Asker& asker) {
    return CountEvents("type=" + std::string(GetParam().fact) + "&gateway=" + asker.gateway.id);
  }

  // All at once, each over a connection of its own.
  std::vector<Fetched> AskTogether(const Asker& asker, const std::vector<std::string>& requests) {
    std::vector<Fetched> answers(requests.size());
    {
      std::vector<std::jthread> asking;
      for (std::size_t i = 0; i < requests.size(); ++i) {
        asking.emplace_back([&, i] { answers[i] = AskAnswered(asker, requests[i]); });
      }
    }
    return answers;
  }
};

TEST_P(DoorTest, ALostAnswerCostsNothing) {
  const struct {
    const char* name;
    std::size_t (*sent)(std::size_t whole, std::size_t head);
    std::size_t read;  // bytes of the answer
  } rows[] = {
      {"after-the-handshake", [](std::size_t, std::size_t) -> std::size_t { return 0; }, 0},
      {"in-the-head", [](std::size_t, std::size_t head) { return head / 2; }, 0},
      {"in-the-body", [](std::size_t whole, std::size_t head) { return (whole + head) / 2; }, 0},
      {"before-the-last-byte", [](std::size_t whole, std::size_t) { return whole - 1; }, 0},
      {"all-sent", [](std::size_t whole, std::size_t) { return whole; }, 0},
      {"first-byte-of-the-answer", [](std::size_t whole, std::size_t) { return whole; }, 1},
      {"in-the-answers-head", [](std::size_t whole, std::size_t) { return whole; }, 60},
      {"in-the-answers-body", [](std::size_t whole, std::size_t) { return whole; }, 500},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const Asker asker = MakeAsker(row.name);
    const std::string request = Request(asker);
    RawConnection connection(server().Gateways(1).address);
    TlsChoice choice{.ca_pem = server().ca_pem()};
    if (!asker.identities.empty()) choice.identity = asker.identities[0];
    ASSERT_TRUE(connection.StartTls(choice));
    const std::size_t head = request.find("\r\n\r\n") + 4;
    ASSERT_TRUE(
        connection.Send(std::string_view(request).substr(0, row.sent(request.size(), head))));
    EXPECT_EQ(connection.ReadSome(row.read).size(), row.read);
    connection.Cut();

    const Fetched first = AskAnswered(asker, request);
    const Fetched second = AskAnswered(asker, request);
    EXPECT_NE(CertificateIn(first), "") << first.body;
    EXPECT_EQ(CertificateIn(first), CertificateIn(second));
    EXPECT_EQ(CountFacts(asker), 1u);
  }
}

TEST_P(DoorTest, OneAskerAskingSixteenTimesAtOnceGetsOneCertificate) {
  for (int round = 0; round < 5; ++round) {
    const Asker asker = MakeAsker("same-" + std::to_string(round));
    const auto answers = AskTogether(asker, std::vector(kAskersOfDoor, Request(asker)));
    for (const Fetched& answer : answers) {
      EXPECT_NE(CertificateIn(answer), "") << answer.body;
      EXPECT_EQ(CertificateIn(answer), CertificateIn(answers[0]));
    }
    EXPECT_EQ(CountFacts(asker), 1u);
  }
}

// One key makes one registration, whoever asks. A gateway may change its mind about the key pair
// that it renews for, up to its limit: then the last one holds, and no other.
TEST_P(DoorTest, OfSixteenKeyPairsExactlyOneHolds) {
  for (int round = 0; round < 3; ++round) {
    const Asker asker = MakeAsker("contest-" + std::to_string(round));
    std::vector<tools::LoadKeyPair> pairs;
    std::vector<std::string> requests;
    for (unsigned i = 0; i < kAskersOfDoor; ++i) {
      pairs.push_back(tools::MakeKeyPair());
      requests.push_back(Request(asker, pairs[i].csr_pem));
    }
    const auto answers = AskTogether(asker, requests);
    const auto given = static_cast<std::uint64_t>(std::ranges::count_if(
        answers, [](const Fetched& answer) { return answer.status / 100 == 2; }));
    const int refused = GetParam().enrols ? 403 : 429;
    EXPECT_EQ(given, GetParam().enrols ? 1u : ledger_limits::kMaxRenewalsPerDay);
    EXPECT_EQ(std::ranges::count(answers, refused, &Fetched::status),
              static_cast<std::ptrdiff_t>(kAskersOfDoor - given));
    EXPECT_EQ(CountFacts(asker), given);
    if (GetParam().est) continue;
    unsigned hold = 0;
    for (unsigned i = 0; i < kAskersOfDoor; ++i) {
      if (answers[i].status / 100 != 2) continue;
      tools::LoadOptions options = server().Gateways(1);
      options.identities = {{CertificateIn(answers[i]), pairs[i].key_pem}};
      const auto seen =
          tools::Fetch(options, tools::ComposeRequest("POST", "/v1/check-in", "", ""));
      hold += seen && seen->status == 200 ? 1 : 0;
    }
    EXPECT_EQ(hold, 1u);
  }
}

TEST_P(DoorTest, AKilledServerGivesTheSameCertificateAgain) {
  SeededRandom random;
  const std::uint64_t kills = FromEnvironment("LATCHKEY_DOOR_KILLS", 3);
  for (std::uint64_t round = 0; round < kills && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    std::vector<Asker> askers;
    for (std::size_t i = 0; i < kAskersPerKill; ++i) {
      askers.push_back(MakeAsker("killed-" + std::to_string(round) + "-" + std::to_string(i)));
    }
    std::vector<std::string> before(askers.size());  // empty: the answer was lost
    {
      std::vector<std::jthread> asking;
      for (std::size_t i = 0; i < askers.size(); ++i) {
        asking.emplace_back([&, i] {
          const auto answer = Ask(askers[i], Request(askers[i]));
          if (answer) before[i] = CertificateIn(*answer);
        });
      }
      const std::chrono::milliseconds moment(random.Below(kMaxMillisAtDoor));
      EXPECT_FALSE(server().process().Wait(moment)) << "serve ended by itself";
      server().process().Kill();
    }
    StartServer();
    ASSERT_TRUE(served());
    for (std::size_t i = 0; i < askers.size(); ++i) {
      const std::string again = CertificateIn(AskAnswered(askers[i], Request(askers[i])));
      EXPECT_NE(again, "");
      if (!before[i].empty()) {
        EXPECT_EQ(again, before[i]) << "answered before the server died";
      }
      EXPECT_EQ(CountFacts(askers[i]), 1u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Doors, DoorTest, ::testing::ValuesIn(kDoors),
                         [](const auto& door) { return std::string(door.param.name); });

}  // namespace
}  // namespace latchkey::testing
