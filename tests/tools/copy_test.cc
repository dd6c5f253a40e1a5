// latchkey replay --until --into: what is in a copy, and which commands take one.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/base32.h"
#include "core/crypto/hash.h"
#include "core/http/http_client.h"
#include "core/log/rocks_log.h"
#include "tests/tools/served.h"
#include "tools/ledger/evidence.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::Cli;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Ran;
using testing::Served;

std::map<std::string, std::string> FilesIn(const fs::path& data) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    // RocksDB's diary records every opening.
    if (!entry.is_regular_file() || entry.path().filename().string().starts_with("LOG")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[fs::relative(entry.path(), data).string()] =
        crypto::Sha256(std::string{std::istreambuf_iterator<char>(in), {}});
  }
  return files;
}

std::vector<std::string> EntriesIn(const fs::path& data) {
  const rocks::Resources resources = rocks::Resources::Create();
  const auto checked = OpenCheckedLog(data, resources, {.mode = log::RocksLog::Mode::kReadOnly});
  EXPECT_TRUE(checked) << checked.error().detail;
  std::vector<std::string> entries;
  if (!checked) return entries;
  (void)checked->log->Scan(0, checked->log->size(), [&](std::uint64_t, std::string_view entry) {
    entries.emplace_back(entry);
    return true;
  });
  return entries;
}

// A served ledger with gateways before and after the event that a copy ends with.
class CopyTest : public ::testing::Test {
 protected:
  CopyTest() {
    served_.AddGateway("paris");
    last_ = served_.service().ledger().log().size() - 1;
    served_.AddGateway("lyon");
  }
  Ran Copy(const std::string& until, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"replay", "--until", until, "--into", copy_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return served_.Run(arguments);
  }
  Ran Copy() const { return Copy(std::to_string(last_)); }
  std::string Epoch() {
    return text::ToBase32(served_.service().ledger().row().epoch(), text::kBase32Lower);
  }

  Served served_;
  std::uint64_t last_ = 0;
  const fs::path copy_ = served_.Scratch("copy");
};

TEST_F(CopyTest, HoldsTheEntriesUpToThereByteForByte) {
  const Ran ran = Copy();
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Copied " + std::to_string(last_ + 1) + " events to "));
  EXPECT_THAT(ran.out, HasSubstr("latchkey serve --read-only --data " + copy_.string()));
  std::vector<std::string> entries = EntriesIn(served_.data());
  entries.resize(last_ + 1);
  EXPECT_EQ(EntriesIn(copy_), entries);
  EXPECT_EQ(Cli({"verify", "--data", copy_.string()}).exit, 0);
  EXPECT_EQ(Cli({"replay", "--check", "--data", copy_.string()}).exit, 0);
  const Ran compared = Cli({"compare", served_.data().string(), copy_.string()});
  EXPECT_EQ(compared.exit, 1);
  EXPECT_THAT(compared.out, HasSubstr("A is longer by 2 events"));
  EXPECT_EQ(fs::status(copy_).permissions(), fs::perms::owner_all);
  EXPECT_FALSE(fs::exists(copy_ / "secrets"));
  EXPECT_FALSE(fs::exists(copy_ / "checkpoint"));
}

TEST_F(CopyTest, LeavesTheLedgerAsItWas) {
  served_.Stop();
  const auto before = FilesIn(served_.data());
  EXPECT_EQ(Copy().exit, 0);
  EXPECT_EQ(FilesIn(served_.data()), before);
}

TEST_F(CopyTest, TakesTheFirstEventAndTheLast) {
  ASSERT_EQ(Copy("0").exit, 0);
  EXPECT_EQ(EntriesIn(copy_).size(), 1u);
  fs::remove_all(copy_);
  const std::uint64_t size = served_.service().ledger().log().size();
  ASSERT_EQ(Copy(std::to_string(size - 1)).exit, 0);
  EXPECT_EQ(Cli({"compare", served_.data().string(), copy_.string()}).exit, 0);
}

TEST_F(CopyTest, TakesAPositionOfThisEpoch) {
  const Ran ran = Copy(Epoch() + "-" + std::to_string(last_));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(EntriesIn(copy_).size(), last_ + 1);
}

TEST_F(CopyTest, RefusesWhatTheLedgerDoesNotHave) {
  const std::string other = "0123456789abcdef-3";
  const std::uint64_t size = served_.service().ledger().log().size();
  const struct {
    std::string until;
    int exit;
    std::string said;
  } rows[] = {
      {std::to_string(size), 1, "the last event of this ledger is " + std::to_string(size - 1)},
      {other, 1, "This position belongs to another ledger"},
      {"lyon", 2, "neither a sequence number"},
      {"-1", 2, "neither a sequence number"},
      {"18446744073709551615", 2, "neither a sequence number"},
      {Epoch() + "-", 2, "neither a sequence number"},
  };
  for (const auto& row : rows) {
    const Ran ran = Copy(row.until);
    EXPECT_EQ(ran.exit, row.exit) << row.until;
    EXPECT_THAT(ran.err, HasSubstr(row.said));
    EXPECT_FALSE(fs::exists(copy_)) << row.until;
    EXPECT_FALSE(fs::exists(served_.Scratch(".copy.copying"))) << row.until;
  }
  EXPECT_EQ(served_.Run({"replay", "--until", "3"}).exit, 2);
  EXPECT_EQ(served_.Run({"replay", "--into", copy_.string()}).exit, 2);
  EXPECT_EQ(Copy("3", {"--check"}).exit, 2);
}

TEST_F(CopyTest, TheDirectoryMustBeNewOrEmpty) {
  fs::create_directory(copy_);
  EXPECT_EQ(Copy().exit, 0);
  const Ran again = Copy();
  EXPECT_EQ(again.exit, 5);
  EXPECT_THAT(again.err, HasSubstr("is not an empty directory"));
  fs::remove_all(copy_);
  std::ofstream(copy_) << "a file";
  EXPECT_EQ(Copy().exit, 5);
}

TEST_F(CopyTest, ACopyCanBeCopied) {
  ASSERT_EQ(Copy().exit, 0);
  const fs::path second = served_.Scratch("second");
  const Ran ran = Cli({"replay", "--data", copy_.string(), "--until", std::to_string(last_),
                       "--into", second.string()});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(Cli({"compare", copy_.string(), second.string()}).exit, 0);
}

// A command that would write to a copy says that it is one.
TEST_F(CopyTest, IsNeverWritten) {
  ASSERT_EQ(Copy().exit, 0);
  const fs::path backup = served_.Scratch("backup"), passphrase = served_.Scratch("passphrase");
  std::ofstream(passphrase) << "correct horse\n";
  fs::permissions(passphrase, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(served_.Run({"backup", backup, "--passphrase-file", passphrase}).exit, 0);
  const auto before = FilesIn(copy_);
  const char* const kCopy = "holds a copy of a ledger";
  const struct {
    std::vector<std::string> command;
    int exit;
    const char* said;
  } rows[] = {
      {{"serve", "--management", "127.0.0.1:0", "--gateways", "127.0.0.1:0"}, 5, kCopy},
      {{"replay"}, 5, kCopy},
      {{"rotate", "master-key"}, 5, kCopy},
      {{"rotate", "ca"}, 5, kCopy},
      {{"token", "create", "me", "--role", "owner"}, 5, kCopy},
      {{"backup", served_.Scratch("another").string()}, 5, kCopy},
      {{"restore", backup, "--passphrase-file", passphrase}, 5, "is not empty"},
      {{"account", "open", "globex"}, 4, "is not being served"},
      {{"accept-time"}, 4, ""},
      {{"recover", "--apply"}, 0, ""},  // there is nothing to recover
      {{"verify"}, 0, ""},
      {{"replay", "--check"}, 0, ""},
  };
  for (const auto& row : rows) {
    std::vector<std::string> arguments = row.command;
    arguments.insert(arguments.end(), {"--data", copy_.string()});
    const Ran ran = Cli(arguments);
    EXPECT_EQ(ran.exit, row.exit) << row.command[0] << ": " << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(row.said)) << row.command[0];
    EXPECT_EQ(FilesIn(copy_), before) << row.command[0];
  }
}

TEST_F(CopyTest, ATornCopyIsMadeAgainAndNotRecovered) {
  ASSERT_EQ(Copy().exit, 0);
  for (const auto& file : fs::directory_iterator(copy_ / "ledger")) {
    if (file.path().extension() == ".sst") fs::resize_file(file.path(), 10);
  }
  const auto before = FilesIn(copy_);
  EXPECT_EQ(Cli({"recover", "--apply", "--data", copy_.string()}).exit, 5);
  EXPECT_EQ(Cli({"verify", "--data", copy_.string()}).exit, 5);
  EXPECT_EQ(FilesIn(copy_), before);
}

TEST_F(CopyTest, TheDoctorMissesNothingInIt) {
  ASSERT_EQ(Copy().exit, 0);
  const auto shown = [&] { return Cli({"doctor", "--data", copy_.string()}).out; };
  EXPECT_THAT(shown(), HasSubstr("A readable copy: " + std::to_string(last_ + 1) + " events."));
  EXPECT_THAT(shown(), Not(HasSubstr("fail")));
  ServiceOptions options = testing::OptionsFor(copy_);
  options.ledger.read_only = true;
  const auto reader = testing::StartService(options);
  EXPECT_THAT(shown(), AllOf(HasSubstr("management"), HasSubstr("Accepted, with the role owner."),
                             Not(HasSubstr("gateways")), Not(HasSubstr("fail"))));
  const Ran ran = Cli({"whoami", "--data", copy_.string()});
  EXPECT_EQ(ran.out, "tok_00000000, role owner, accounts: all, does not expire\n");
}

TEST_F(CopyTest, ASignInLinkOpensIt) {
  ASSERT_EQ(Copy().exit, 0);
  ServiceOptions options = testing::OptionsFor(copy_);
  options.ledger.read_only = true;
  const auto reader = testing::StartService(options);
  const auto link = reader->SignInLink();
  ASSERT_TRUE(link);
  const std::string_view text = link->view();
  const std::string body =
      R"({"code":")" + std::string(text.substr(text.find("#code=") + 6)) + "\"}";
  HttpClient client(
      {.url = reader->management_url(), .trust = {(copy_ / "run" / "ca.crt").string(), "", ""}});
  const auto answer = client.Send({"POST", "/v1/session", body});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201) << answer->body;
  EXPECT_THAT(answer->body, HasSubstr(R"("read_only":true)"));
}

// The epoch of a copy is that of its last event.
TEST_F(CopyTest, CopiesARestoredLedgerBeforeAndAfterItsEpoch) {
  const fs::path backup = served_.Scratch("backup"), restored = served_.Scratch("restored");
  const fs::path passphrase = served_.Scratch("passphrase");
  std::ofstream(passphrase) << "correct horse\n";
  fs::permissions(passphrase, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(served_.Run({"backup", backup, "--passphrase-file", passphrase}).exit, 0);
  ASSERT_EQ(Cli({"restore", backup, "--data", restored, "--passphrase-file", passphrase}).exit, 0);
  const std::uint64_t start = served_.service().ledger().log().size();
  for (const std::uint64_t until : {start - 1, start, start + 1}) {
    SCOPED_TRACE(until);
    fs::remove_all(copy_);
    const Ran ran = Cli(
        {"replay", "--data", restored, "--until", std::to_string(until), "--into", copy_.string()});
    ASSERT_EQ(ran.exit, 0) << ran.err;
    EXPECT_EQ(Cli({"verify", "--data", copy_.string()}).exit, 0);
    const rocks::Resources resources = rocks::Resources::Create();
    const auto log =
        log::RocksLog::Open(copy_ / "ledger", resources, {.mode = log::RocksLog::Mode::kReadOnly});
    ASSERT_TRUE(log);
    EXPECT_TRUE((*log)->is_copy());
    EXPECT_EQ((*log)->epoch_start(), until < start ? 0 : start);
  }
  // A position of the epoch that has ended.
  fs::remove_all(copy_);
  const Ran ran =
      Cli({"replay", "--data", restored, "--until", Epoch() + "-3", "--into", copy_.string()});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.err, HasSubstr("an epoch before this one was restored"));
}

}  // namespace
}  // namespace latchkey::tools
