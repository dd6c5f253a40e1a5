// The history in sentences.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/tools/served.h"
#include "tools/cli/when.h"
#include "tools/client/json.h"
#include "tools/client/sentence.h"
#include "tools/client/table.h"

namespace latchkey::tools {
namespace {

using testing::Ran;
using testing::Served;

const Names kPlainNames = {
    [](const std::string& id, const std::string& account) { return account + "/<" + id + ">"; },
    [](const std::string& id) { return "<" + id + ">"; }};

// The time zone of this process, put back afterwards.
class Zone {
 public:
  explicit Zone(const char* zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~Zone() {
    if (before_.empty()) {
      ::unsetenv("TZ");
    } else {
      ::setenv("TZ", before_.c_str(), 1);
    }
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string before_;
};

std::string FileText(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every fact there is has a golden file.
TEST(Sentence, ExistsForEveryFact) {
  std::size_t facts = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(LATCHKEY_GOLDEN_DIR) / "events")) {
    if (file.path().extension() != ".json") continue;
    const boost::json::value both = ParseJson(FileText(file.path()));
    for (const char* form : {"/opened", "/erased"}) {
      const boost::json::value& event = At(both, form);
      if (event.is_null()) continue;
      ++facts;
      const std::string words = Sentence(event, kPlainNames);
      EXPECT_EQ(words.find_first_of("{}"), std::string::npos) << words;
      EXPECT_EQ(words.find(TextAt(event, "/type")), std::string::npos) << words;
      EXPECT_EQ(words.find("()"), std::string::npos) << words;
      EXPECT_EQ(words.find("  "), std::string::npos) << words;
      EXPECT_NE(words.back(), ' ') << words;
    }
  }
  EXPECT_GE(facts, 28u);
}

TEST(Sentence, NamesWhoDidWhat) {
  const Zone zone("UTC0");
  const struct {
    const char* event;
    const char* sentence;
  } rows[] = {
      {R"({"type":"AccountOpened","account":"acme","actor":"token:tok_1","actor_name":"Ada"})",
       "Ada opened the account acme"},
      {R"({"type":"AccountOpened","account":"acme","actor":"token:tok_1","actor_name":null})",
       "tok_1 opened the account acme"},
      {R"({"type":"GatewayAdded","account":"acme","gateway":"gw_1","actor_name":"Ada",)"
       R"("data":{"name":"hq","primary":null}})",
       "Ada added the gateway acme/hq"},
      {R"({"type":"GatewayAdded","account":"acme","gateway":"gw_2","actor_name":"Ada",)"
       R"("data":{"name":"hq","primary":"gw_1"}})",
       "Ada added acme/hq as a secondary of acme/<gw_1>"},
      {R"({"type":"KeyRedeemed","account":"acme","gateway":"gw_1","actor":"address:10.0.0.9",)"
       R"("data":{"generation":2,"replacement":false,"address":"10.0.0.9",)"
       R"("host":{"hostname":"berlin"},"confirm_by":"2026-01-02T03:04:05.678901Z"}})",
       "Key 2 of acme/<gw_1> was redeemed (host berlin, from 10.0.0.9, to be confirmed by "
       "2026-01-02 03:04:05Z)"},
      {R"({"type":"KeyRevealed","account":"acme","gateway":"gw_1","actor":"address:erased",)"
       R"("data":{"generation":2}})",
       "Someone looked at key 2 of acme/<gw_1>"},
      {R"({"type":"RegistrationAbandoned","account":"acme","gateway":"gw_1","actor":"system",)"
       R"("data":{"why":"superseded","reason":null}})",
       "The registration of acme/<gw_1> was abandoned: a new key was generated"},
      {R"({"type":"OperatorTokenCreated","actor_name":"Ada","data":{"token":"tok_2",)"
       R"("role":"auditor","accounts":[],"expires_at":null}})",
       "Ada created a token for <tok_2> (role auditor, accounts: all)"},
      {R"({"type":"GatewayLabelled","account":"acme","gateway":"gw_1","actor_name":"Ada",)"
       R"("data":{"labels":{}}})",
       "Ada changed the labels of acme/<gw_1> (none)"},
      {R"({"type":"FutureFact","data":{"a":1}})", "FutureFact {\"a\":1}"},
      {R"({"type":"OperatorTokenCreated","data":{"token":7,"accounts":"x","role":{}}})",
       " created a token for <>"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Sentence(ParseJson(row.event), kPlainNames), row.sentence) << row.event;
  }
}

TEST(Times, AreShownInTheZoneOfTheProcess) {
  const std::string summer = "2026-07-02T22:30:00.000000Z";
  const std::string winter = "2026-01-02T03:04:05.678901Z";
  {
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(ShortTime(summer), "2026-07-03 00:30:00+02:00");
    EXPECT_EQ(ShortTime(winter), "2026-01-02 04:04:05+01:00");
    EXPECT_EQ(ParseWhen(ShortTime(summer)), summer) << "what is shown can be given back";
    EXPECT_EQ(ParseWhen("2026-07-03 00:30"), summer);
    EXPECT_EQ(ParseWhen("2026-07-03T00:30:00"), summer);
    EXPECT_EQ(ParseWhen("2026-07-03"), "2026-07-02T22:00:00.000000Z");
  }
  const Zone zone("NST3:30");
  EXPECT_EQ(ShortTime(winter), "2026-01-01 23:34:05-03:30");
  UseUtc();
  EXPECT_EQ(ShortTime(winter), "2026-01-02 03:04:05Z");
  EXPECT_EQ(ParseWhen("2026-01-02"), "2026-01-02T00:00:00.000000Z");
}

TEST(Times, OfOtherFormsAreRefused) {
  for (const char* bad : {"", "yesterday", "2026", "2026-13-01", "02.01.2026", "2026-01-02 03",
                          "2026-01-02 03:04:05 CET", "3", "-2h"}) {
    EXPECT_NE(CheckWhen(bad), "") << bad;
  }
}

TEST(HistoryCommand, SpeaksInSentencesWithNames) {
  const Zone zone("UTC0");
  Served served;
  served.AddGateway("hq");
  served.AddGateway("old");
  ASSERT_EQ(served.Run({"gateway", "rename", "acme/hq", "main"}).exit, 0);
  ASSERT_EQ(served.Run({"gateway", "remove", "acme/old", "--yes"}).exit, 0);
  ASSERT_EQ(served.Run({"token", "create", "Ada", "--role", "auditor"}).exit, 0);
  const Ran all = served.Run({"history"});
  ASSERT_EQ(all.exit, 0) << all.err;
  EXPECT_NE(all.out.find("SEQUENCE"), std::string::npos) << all.out;
  for (const char* sentence :
       {"The ledger was created", "owner opened the account acme",
        "owner added the gateway acme/hq\n", "owner renamed acme/hq to acme/main\n",
        "owner removed acme/old\n", "created a token for Ada (role auditor, accounts: all"}) {
    EXPECT_NE(all.out.find(sentence), std::string::npos) << sentence << "\n" << all.out;
  }
  EXPECT_EQ(all.out.find("gw_0"), std::string::npos) << all.out;
  // Where the event that names it is not shown.
  const Ran last = served.Run({"history", "--type", "GatewayRemoved", "--type", "KeyIssued"});
  EXPECT_NE(last.out.find("owner removed acme/old\n"), std::string::npos) << last.out << last.err;
  EXPECT_NE(last.out.find("was issued for acme/main (valid until 2"), std::string::npos)
      << last.out;
}

TEST(HistoryCommand, GivesCsvToScripts) {
  Served served;
  const Ran ran = served.Run({"history", "-o", "csv", "--newest", "1"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_TRUE(
      ran.out.starts_with("sequence,time,type,account,gateway,actor,actor_name,request_id,data\n"))
      << ran.out;
  EXPECT_NE(ran.out.find(",AccountOpened,acme,,token:tok_00000001,owner,"), std::string::npos)
      << ran.out;
}

}  // namespace
}  // namespace latchkey::tools
