// The agent renews its gateway's certificate: when, what it does about each answer, and that a kill
// at any step costs nothing. The test moves the server's clock.
#include "tools/installer/renewal.h"

#include <iterator>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/http/http_client.h"
#include "tests/support/fakes.h"
#include "tests/tools/registered.h"
#include "tests/tools/strange_server.h"
#include "tools/client/json.h"
#include "tools/installer/agent.h"
#include "tools/installer/out_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using std::chrono::hours;
using ::testing::AllOf;
using testing::Cli;
using testing::CountOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Killed;
using testing::Ran;
using testing::Registered;

constexpr hours kDay{24};
constexpr hours kLifetime = 30 * kDay;
constexpr hours kDue = 22 * kDay;  // for every certificate, wherever it is in the spread

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() {
    gateway_.Register();
    Restart();
  }

  // As a new process.
  void Restart() { agent_.emplace(options_, clock_, random_, notes_); }
  void KillAt(std::size_t step) {
    seen_.clear();
    options_.step = [this, step](std::string_view name) {
      seen_.emplace_back(name);
      if (seen_.size() == step) throw Killed();
    };
  }

  // Check-ins until the agent has nothing more to do at once; the last one's pause, or the failure.
  CliResult<std::chrono::milliseconds> Settle() {
    for (int tries = 0; tries < 5; ++tries) {
      auto pause = agent_->Try();
      if (!pause || *pause > 2s) return pause;
      clock_.Advance(*pause);
    }
    return Fail(ExitCode::kFailed, "The agent does not come to rest.");
  }
  ExitCode ExitOf(const CliResult<std::chrono::milliseconds>& tried) {
    return tried ? ExitCode::kDone : tried.error().exit;
  }
  // The first words of each note since the last call.
  std::vector<std::string> States() {
    std::vector<std::string> states;
    std::istringstream lines(notes_.str());
    for (std::string line; std::getline(lines, line);) {
      states.push_back(line.substr(0, line.find_first_of(":,")));
    }
    said_ = notes_.str();
    notes_.str("");
    return states;
  }

  std::size_t Count(Event::FactCase fact) { return CountOf(gateway_.served().service(), fact); }
  std::size_t Issued() { return Count(Event::kRenewalIssued); }
  std::size_t Used() { return Count(Event::kCertificateRenewed); }
  std::string Content(const fs::path& file) {
    return crypto::ReadSmallFile(gateway_.directory() / file).value_or("");
  }
  std::string Member(const char* name) {
    return TextAt(ParseJson(gateway_.RegistrationJson()), std::string("/") + name);
  }
  std::size_t Attempts() {
    const fs::directory_iterator attempts(gateway_.directory() / "attempts");
    return static_cast<std::size_t>(std::distance(begin(attempts), end(attempts)));
  }
  Identity Current() { return *ReadIdentity(gateway_.directory(), {}); }

  // What the gateway's own software does with the links, or somebody with the files of an attempt.
  int Post(const fs::path& files, const std::string& target, const std::string& body) {
    HttpClient client({.url = gateway_.served().service().gateways_url(),
                       .trust = gateway_.Options().trust,
                       .certificate = files / "gateway.crt",
                       .key = files / "gateway.key"});
    const auto answer = client.Send({"POST", target, body});
    return answer ? answer->status : 0;
  }
  int Use(const fs::path& files) { return Post(files, "/v1/check-in", "{}"); }
  int Supersede(const fs::path& files) {
    const auto csr = crypto::CreateCsr(crypto::CreateGatewayKey().view(), "another");
    return Post(files, "/v1/certificate",
                boost::json::serialize(boost::json::object{{"csr", *csr}}));
  }
  fs::path Folder(const std::string& id) { return gateway_.directory() / "attempts" / id; }

  latchkey::testing::FakeClock clock_{SystemClock().Now()};
  Registered gateway_{[this](ServiceOptions& options) {
    options.ledger.clock = &clock_;
    options.certificate_lifetime = kLifetime;
  }};
  latchkey::testing::SeededRandom random_;
  std::ostringstream notes_;
  std::string said_;
  AgentOptions options_{.directory = gateway_.directory(), .version = "1.0"};
  std::optional<Agent> agent_;
  std::vector<std::string> seen_;
};

TEST_F(RenewalTest, ComesInTimeAgainAndAgain) {
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Connected"));
  clock_.Advance(19 * kDay);
  ASSERT_TRUE(Settle());
  EXPECT_EQ(Issued(), 0u) << "it is too early";
  clock_.Advance(kDue - 19 * kDay);
  for (std::size_t number = 1; number <= 3; ++number) {
    SCOPED_TRACE(number);
    const std::string certificate = Content("gateway.crt"), key = Content("gateway.key");
    ASSERT_TRUE(Settle());
    EXPECT_THAT(States(), ElementsAre("Renewed"));
    EXPECT_THAT(said_, HasSubstr("acme/hq (gw_00000001) has a certificate until 20"));
    EXPECT_EQ(Issued(), number);
    EXPECT_EQ(Used(), number);
    EXPECT_NE(Content("gateway.crt"), certificate);
    EXPECT_NE(Content("gateway.key"), key);
    EXPECT_EQ(Use(gateway_.directory()), 200);
    EXPECT_EQ(Member("state"), "confirmed");
    EXPECT_EQ(Member("gateway"), "gw_00000001");
    EXPECT_EQ(Attempts(), 2u) << "the pair before is kept, no other";
    clock_.Advance(kDue);
  }
}

TEST_F(RenewalTest, KilledAtAnyStepEndsWithOneCertificate) {
  const auto begin = [this] {
    clock_.Advance(kDue);
    Restart();
  };
  begin();
  KillAt(0);
  ASSERT_TRUE(Settle());
  const std::vector<std::string> steps = seen_;
  EXPECT_THAT(steps, ElementsAre("checked_in", "key_pair", "renewed", "stored", "in_place",
                                 "checked_in", "marked"));
  for (std::size_t step = 1; step <= steps.size(); ++step) {
    SCOPED_TRACE("killed after " + steps[step - 1] + ", step " + std::to_string(step));
    const std::size_t before = Used();
    begin();
    KillAt(step);
    EXPECT_THROW((void)Settle(), Killed);
    EXPECT_EQ(Use(gateway_.directory()), 200) << "at the moment of the kill";
    KillAt(0);
    Restart();
    ASSERT_TRUE(Settle());
    EXPECT_EQ(Used(), before + 1);
    EXPECT_EQ(Issued(), before + 1);
    EXPECT_EQ(Use(gateway_.directory()), 200);
    EXPECT_EQ(Member("state"), "confirmed");
    EXPECT_EQ(Attempts(), 2u);
  }
}

TEST_F(RenewalTest, KilledAtOneStepAfterAnotherEndsWithOneCertificate) {
  clock_.Advance(kDue);
  for (std::size_t allowed = 1;; ++allowed) {
    ASSERT_LT(allowed, 50u);
    KillAt(allowed);
    Restart();
    try {
      ASSERT_TRUE(Settle());
      break;
    } catch (const Killed&) {
    }
  }
  EXPECT_EQ(Issued(), 1u);
  EXPECT_EQ(Used(), 1u);
}

// Through the links, before the agent comes to it.
TEST_F(RenewalTest, MayBeUsedFirstByTheGatewaysOwnSoftware) {
  clock_.Advance(kDue);
  KillAt(5);
  EXPECT_THROW((void)Settle(), Killed);
  ASSERT_EQ(seen_.back(), "in_place");
  EXPECT_EQ(Use(gateway_.directory()), 200);
  EXPECT_EQ(Used(), 1u);
  KillAt(0);
  Restart();
  ASSERT_TRUE(Settle());
  EXPECT_EQ(Member("state"), "confirmed");
  EXPECT_EQ(Used(), 1u);
}

TEST_F(RenewalTest, OfACertificateThatHasExpiredComesAtOnce) {
  clock_.Advance(kLifetime + 29 * kDay);
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Connected", "Renewed"));
  EXPECT_EQ(Use(gateway_.directory()), 200);
}

TEST_F(RenewalTest, ThatComesTooLateEndsTheAgent) {
  clock_.Advance(kLifetime + 31 * kDay);
  const auto ended = Settle();
  EXPECT_EQ(ExitOf(ended), ExitCode::kKeyRefused);
  EXPECT_THAT(ended.error().message, HasSubstr("`latchkey key generate gw_00000001 --replace`"));
  EXPECT_EQ(Issued(), 0u);
}

// Four in a day were spent on other key pairs; check-ins go on, and the server says how long.
TEST_F(RenewalTest, ThatIsRefusedIsTriedAgainNotBeforeItIsAskedTo) {
  clock_.Advance(kDue);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Supersede(gateway_.directory()), 201);
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Connected", "Not renewed"));
  EXPECT_THAT(said_, HasSubstr("(rate_limited)"));
  for (int hour = 0; hour < 23; ++hour) {
    clock_.Advance(1h);
    ASSERT_TRUE(Settle());
  }
  EXPECT_THAT(States(), IsEmpty());
  EXPECT_EQ(Issued(), 4u);
  clock_.Advance(2h);
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Renewed"));
  EXPECT_EQ(Issued(), 5u);
  EXPECT_EQ(Used(), 1u);
}

// Its place was taken before it was used: the pair before is in use again, and the renewal is tried
// again later, with the same key pair.
TEST_F(RenewalTest, ThatWasSupersededGoesBack) {
  clock_.Advance(kDue);
  const Identity before = Current();
  KillAt(5);
  EXPECT_THROW((void)Settle(), Killed);
  const std::string renewal = Current().id, key = Content("gateway.key");
  EXPECT_EQ(Supersede(Folder(before.id)), 201);
  KillAt(0);
  Restart();
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Connected", "Back", "Connected"));
  EXPECT_EQ(Current().id, before.id);
  EXPECT_EQ(Use(gateway_.directory()), 200);
  clock_.Advance(1h);
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Renewed"));
  EXPECT_EQ(Current().id, renewal);
  EXPECT_EQ(Content("gateway.key"), key);
}

TEST_F(RenewalTest, DoesNotOutliveTheIdentity) {
  clock_.Advance(kDue);
  ASSERT_TRUE(Settle());
  gateway_.Deregister();
  EXPECT_EQ(ExitOf(Settle()), ExitCode::kKeyRefused);
}

TEST_F(RenewalTest, IsNotUndoneByRegister) {
  clock_.Advance(kDue);
  KillAt(5);
  EXPECT_THROW((void)Settle(), Killed);
  const std::string renewed = Content("gateway.crt");
  gateway_.Register();  // before its first use
  EXPECT_EQ(Content("gateway.crt"), renewed);
  KillAt(0);
  ASSERT_TRUE(Settle());
  gateway_.Register();  // and after it
  EXPECT_EQ(Content("gateway.crt"), renewed);
  EXPECT_EQ(Count(Event::kKeyRedeemed), 1u);
  EXPECT_EQ(Count(Event::kRedemptionRefused), 0u);
}

TEST_F(RenewalTest, ComesBackWhenAReplacementFails) {
  clock_.Advance(kDue);
  ASSERT_TRUE(Settle());
  const std::string renewed = Content("gateway.crt");
  gateway_.NewKey();
  RegisterOptions options = gateway_.Options();
  options.step = [&](std::string_view step) {
    if (step == "in_place") throw Killed();
  };
  EXPECT_THROW(gateway_.Register(options), Killed);
  EXPECT_NE(Content("gateway.crt"), renewed);
  options.command = "exit 1";
  options.step = {};
  EXPECT_EQ(gateway_.TryToRegister(options).error().exit, ExitCode::kCommandFailed);
  EXPECT_EQ(Content("gateway.crt"), renewed);
  ASSERT_TRUE(Settle());
}

// A replacement that nobody finishes does not keep the certificate that works from being renewed.
TEST_F(RenewalTest, GoesOnBesideAReplacementThatIsNotFinished) {
  gateway_.NewKey();
  RegisterOptions options = gateway_.Options();
  options.step = [&](std::string_view step) {
    EXPECT_EQ(ExitOf(Settle()), ExitCode::kDone) << step;
    if (step == "in_place") throw Killed();
  };
  EXPECT_THROW(gateway_.Register(options), Killed);
  const std::string replacement = Content("gateway.crt");
  clock_.Advance(kDue);
  ASSERT_TRUE(Settle());
  EXPECT_EQ(Used(), 1u);
  EXPECT_TRUE(Current().replaced);
  EXPECT_FALSE(Current().unused_renewal);
  EXPECT_EQ(Content("gateway.crt"), replacement) << "the links are left to register";
}

TEST_F(RenewalTest, WaitsWhileRegisterIsAtWork) {
  clock_.Advance(kDue);
  {
    const auto held = OutDirectory::Open(gateway_.directory(), notes_);
    ASSERT_TRUE(held);
    ASSERT_TRUE(Settle());
    EXPECT_THAT(States(), ElementsAre("Connected", "Not renewed"));
    EXPECT_EQ(Issued(), 0u);
  }
  clock_.Advance(1h);
  ASSERT_TRUE(Settle());
  EXPECT_THAT(States(), ElementsAre("Renewed"));
}

TEST_F(RenewalTest, IsNamedByACheckInThatDoesNotDoIt) {
  const std::string directory = gateway_.directory().string();
  EXPECT_EQ(Cli({"check-in", "--dir", directory}).err, "");
  clock_.Advance(kDue);
  const Ran due = Cli({"check-in", "--dir", directory});
  EXPECT_EQ(due.exit, 0);
  EXPECT_THAT(due.err, AllOf(HasSubstr("should be renewed"),
                             HasSubstr("`latchkey agent --dir " + directory + "`")));
  clock_.Advance(kLifetime - kDue);
  const Ran expired = Cli({"check-in", "--dir", directory});
  EXPECT_EQ(expired.exit, 3) << expired.err;
  EXPECT_THAT(expired.err, HasSubstr("`latchkey agent --dir " + directory + "` renews it."));
  EXPECT_EQ(Issued(), 0u);
}

// A server that answers every request alike: what the agent makes of it.
class AnswerTest : public RenewalTest {
 protected:
  static std::string Http(const std::string& head, const std::string& type,
                          const std::string& body) {
    return "HTTP/1.1 " + head + "\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string Heard(const std::string& date) {
    return Http("200 OK" + date, "application/json",
                R"({"gateway": "gw_00000001", "registration": "registered", )"
                R"("check_in_seconds": 60, "renew_after": "2037-01-01T00:00:00Z"})");
  }
  CliResult<std::chrono::milliseconds> Ask(const std::string& answer, std::string* received) {
    const testing::StrangeServer server(answer);
    options_.server = {.url = server.url("127.0.0.1"), .trust = Trust{"", server.ca_sha256(), ""}};
    Restart();
    auto tried = agent_->Try();
    *received = server.received();
    return tried;
  }
};

TEST_F(AnswerTest, SaysHowLongToWait) {
  const std::string problem = R"({"title": "Busy", "detail": "Busy.", "code": "overloaded"})";
  const struct {
    const char* retry_after;
    std::chrono::milliseconds least, most;
  } rows[] = {{"", 500ms, 1s},
              {"\r\nRetry-After: 0", 500ms, 1s},
              {"\r\nRetry-After: 90", 90s, 90s},
              {"\r\nRetry-After: 999999999", kDay, kDay},
              {"\r\nRetry-After: soon", 500ms, 1s}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.retry_after);
    std::string received;
    const auto tried =
        Ask(Http(std::string("503 Busy") + row.retry_after, "application/problem+json", problem),
            &received);
    ASSERT_TRUE(tried);
    EXPECT_GE(*tried, row.least);
    EXPECT_LE(*tried, row.most);
  }
  EXPECT_THAT(
      Cli({"check-in", "--dir", gateway_.directory().string(), "--url", "https://127.0.0.1:1"}).err,
      HasSubstr("Run this again later."));
}

TEST_F(AnswerTest, TellsTheTimeByWhichItIsRenewed) {
  const struct {
    const char* name;
    const char* date;
    bool renews;
  } rows[] = {
      {"the server's clock is before it", "\r\nDate: Tue, 01 Jan 2036 00:00:00 GMT", false},
      {"the server's clock is behind it", "\r\nDate: Fri, 01 Jan 2038 00:00:00 GMT", true},
      {"the local clock, where the server tells no time", "", false},
      {"a date that cannot be read", "\r\nDate: today", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    std::string received;
    ASSERT_TRUE(Ask(Heard(row.date), &received));
    EXPECT_EQ(received.find("POST /v1/certificate") != std::string::npos, row.renews)
        << notes_.str();
  }
  clock_.Step(15 * 365 * kDay);
  std::string received;
  ASSERT_TRUE(Ask(Heard(""), &received));
  EXPECT_THAT(received, HasSubstr("POST /v1/certificate"));
}

}  // namespace
}  // namespace latchkey::tools
