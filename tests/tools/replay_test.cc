// `replay` as a command.
#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>

#include "tests/tools/served.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::Ran;
using testing::Served;

TEST(Replay, BuildsBesideWhileAnotherServes) {
  Served served;
  served.AddGateway("hq");
  const Ran needless = served.Run({"replay", "--beside"});
  EXPECT_EQ(needless.exit, 0) << needless.err;
  EXPECT_NE(needless.out.find("already"), std::string::npos) << needless.out;
  EXPECT_FALSE(fs::exists(served.data() / "projections.next"));

  // The same ledger as a version sees it that finds no projections of its own.
  const fs::path view = served.Scratch("view");
  fs::create_directory(view);
  for (const char* name : {"ledger", "subjects"}) {
    fs::copy(served.data() / name, view / name,
             fs::copy_options::recursive | fs::copy_options::create_hard_links);
  }
  for (const char* name : {"head", "checkpoint"}) fs::copy(served.data() / name, view / name);
  const Ran built = Cli({"replay", "--beside", "--data", view.string()});
  EXPECT_EQ(built.exit, 0) << built.err;
  EXPECT_NE(built.out.find(std::to_string(served.service().ledger().log().size()) + " events"),
            std::string::npos)
      << built.out;
  EXPECT_EQ(served.Status("hq"), "gray");

  served.Stop();
  fs::remove_all(served.data() / "projections");
  fs::rename(view / "projections.next", served.data() / "projections.next");
  served.StartAgain();
  EXPECT_FALSE(fs::exists(served.data() / "projections.next"));
  EXPECT_EQ(served.Status("hq"), "gray");
  served.Stop();
  EXPECT_EQ(Cli({"replay", "--check", "--data", served.data().string()}).exit, 0);
}

TEST(ReplayCommand, IsRefusedWhileServed) {
  Served served;
  for (const std::vector<std::string>& row :
       std::vector<std::vector<std::string>>{{"replay"}, {"replay", "--check"}}) {
    const Ran ran = served.Run(row);
    EXPECT_EQ(ran.exit, 5) << ran.err;
  }
  EXPECT_EQ(served.Run({"whoami"}).exit, 0);
}

TEST(ReplayCommand, ChecksWithoutChangingAnything) {
  Served served;
  served.AddGateway("hq");
  served.Stop();
  const fs::path projections = served.data() / "projections";
  const fs::path sound = served.Scratch("sound");
  fs::copy(projections, sound);
  const struct {
    const char* name;
    std::function<void()> damage;
    const char* said;  // null: no problem
  } rows[] = {
      {"all well", [] {}, nullptr},
      {"missing", [&] { fs::remove_all(projections); }, "is missing"},
      {"damaged", [&] { latchkey::testing::DamageTables(projections); }, "damaged"},
      {"found damaged", [&] { std::ofstream(projections / "damaged") << ""; }, "damaged"},
      {"of another ledger",
       [&] {
         Served other;
         other.Stop();
         fs::remove_all(projections);
         fs::copy(other.data() / "projections", projections);
       },
       "another ledger"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    fs::remove_all(projections);
    fs::copy(sound, projections);
    row.damage();
    const auto before = latchkey::testing::Snapshot(served.data());
    for (int i = 0; i < 2; ++i) {
      const Ran checked = served.Run({"replay", "--check"});
      EXPECT_EQ(checked.exit, row.said == nullptr ? 0 : 1) << checked.out << checked.err;
      if (row.said != nullptr) {
        EXPECT_NE(checked.err.find(row.said), std::string::npos) << checked.err;
      }
      const Ran verified = served.Run({"verify"});
      EXPECT_NE(verified.out.find("The ledger is good"), std::string::npos) << verified.err;
      if (fs::exists(projections)) {
        EXPECT_EQ(verified.exit, checked.exit) << verified.out << verified.err;
        EXPECT_EQ(verified.err, checked.err);
      } else {
        EXPECT_EQ(verified.exit, 0) << verified.err;
        EXPECT_NE(verified.out.find("Not checked: whether the projections are what it adds up to "
                                    "(there are none"),
                  std::string::npos);
      }
    }
    EXPECT_EQ(latchkey::testing::Snapshot(served.data()), before);
    EXPECT_EQ(served.Run({"replay"}).exit, 0);
    EXPECT_EQ(served.Run({"replay", "--check"}).exit, 0);
  }
  served.StartAgain();
}

TEST(ReplayCommand, ChecksAsOfWhereAKillLeftThem) {
  Served served;
  served.AddGateway("hq");
  served.Stop();
  const fs::path projections = served.data() / "projections";
  const fs::path killed = served.Scratch("killed");
  fs::copy(projections, killed);
  served.StartAgain();
  served.AddGateway("branch");
  served.Stop();
  fs::remove_all(projections);
  fs::copy(killed, projections);
  const Ran checked = served.Run({"replay", "--check"});
  EXPECT_EQ(checked.exit, 0) << checked.err;
  EXPECT_NE(checked.out.find("The ledger has 2 more, which the next start adds."),
            std::string::npos)
      << checked.out;
}

TEST(ReplayCommand, GivesTheSameAnswers) {
  Served served;
  served.AddGateway("hq");
  served.AddGateway("branch");
  served.Run({"key", "generate", "acme/hq", "--yes"});
  const auto answers = [&] {
    return served.Run({"gateway", "list", "-o", "json"}).out +
           served.Run({"history", "-o", "json"}).out +
           served.Run({"history", "--gateway", "acme/hq"}).out;
  };
  const std::string before = answers();
  served.Stop();
  const Ran checked = served.Run({"replay", "--check"});
  EXPECT_EQ(checked.exit, 0) << checked.err;
  EXPECT_EQ(served.Run({"replay"}).exit, 0);
  served.StartAgain();
  EXPECT_EQ(answers(), before);
  served.Stop();
  fs::remove_all(served.data() / "projections");
  served.StartAgain();
  EXPECT_EQ(answers(), before);
}

}  // namespace
}  // namespace latchkey::tools
