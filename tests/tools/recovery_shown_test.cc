// What a server shows of the backups and drills of its ledger, and to whom.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/http/http_client.h"
#include "core/log/recovery_record.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

using log::RecoveryRecord;
using ::testing::HasSubstr;
using testing::Served;

class RecoveryShownTest : public ::testing::Test {
 protected:
  std::string Get(const std::string& path, const std::string& token) {
    HttpClient client({.url = served_.service().management_url(),
                       .trust = {(served_.data() / "run" / "ca.crt").string(), "", ""}});
    const auto answer = client.Send(
        {.method = "GET", .target = path, .headers = {"Authorization: Bearer " + token}});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? answer->body : "";
  }
  std::string Metrics() { return Get("/metrics", ""); }
  boost::json::value Ledger() { return ParseJson(Get("/v1/ledger", served_.Token())); }
  std::string Shown(const char* kind) { return JsonText(At(Ledger(), kind)); }
  template <typename Run>
  void Record(log::Runs RecoveryRecord::*kind, const Run& run) {
    ASSERT_TRUE(log::RecordRun(served_.data(), kind, run, rocksdb::Env::Default()));
  }

  Served served_;
};

constexpr const char* kNever = R"({"at":null,"size":null,"failed_at":null})";

TEST_F(RecoveryShownTest, NothingIsKnownOfANewLedger) {
  EXPECT_EQ(Shown("/backup"), kNever);
  EXPECT_EQ(Shown("/drill"), kNever);
  EXPECT_EQ(Shown("/restored"), "0");
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_backup_timestamp_seconds 0\n"));
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_drill_timestamp_seconds 0\n"));
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_restored_gateways 0\n"));
}

TEST_F(RecoveryShownTest, TheLastRunsAreShown) {
  Record(&RecoveryRecord::backup, log::GoodRun{FromMicros(1'000'000), 7, "/mnt/backup"});
  EXPECT_EQ(Shown("/backup"), R"({"at":"1970-01-01T00:00:01.000000Z","size":7,"failed_at":null})");
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_backup_timestamp_seconds 1\n"));
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_backup_events 7\n"));
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_backup_failed 0\n"));

  Record(&RecoveryRecord::backup, log::FailedRun{FromMicros(2'000'000), "/mnt/backup", "full"});
  EXPECT_EQ(Shown("/backup"), R"({"at":"1970-01-01T00:00:01.000000Z","size":7,)"
                              R"("failed_at":"1970-01-01T00:00:02.000000Z"})");
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_backup_failed 1\n"));
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_drill_failed 0\n"));

  Record(&RecoveryRecord::drill, log::GoodRun{FromMicros(3'000'000), 7, "/mnt/backup"});
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_drill_timestamp_seconds 3\n"));
}

TEST_F(RecoveryShownTest, ADamagedRecordCountsAsEmpty) {
  std::ofstream(log::RecoveryRecordPath(served_.data())) << "{";
  EXPECT_EQ(Shown("/backup"), kNever);
  EXPECT_THAT(Metrics(), HasSubstr("\nlatchkey_last_backup_timestamp_seconds 0\n"));
}

TEST_F(RecoveryShownTest, OnlyThoseWhoSeeTheWholeLedgerSeeIt) {
  const auto token = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"token", "create", "Ada", "--role", "auditor"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::string made = served_.Run(arguments).out;
    while (made.ends_with('\n')) made.pop_back();
    return made;
  };
  EXPECT_THAT(Get("/v1/ledger", token({})), HasSubstr("\"backup\""));
  const std::string limited = Get("/v1/ledger", token({"--account", "acme"}));
  EXPECT_THAT(limited, HasSubstr("\"restored\":0"));
  EXPECT_THAT(limited, ::testing::Not(HasSubstr("\"backup\"")));
  EXPECT_THAT(limited, ::testing::Not(HasSubstr("\"drill\"")));
}

}  // namespace
}  // namespace latchkey::tools
