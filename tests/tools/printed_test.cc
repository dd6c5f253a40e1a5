// Text from files, servers and names is shown without any effect on the terminal or the text around
// it. Which characters those are: tests/core/base/printable_test.cc.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "tests/tools/served.h"
#include "tools/cli/commands.h"
#include "tools/client/gateway_view.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/client/table.h"
#include "tools/installer/out_directory.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::OptionsFor;
using testing::Served;
using testing::StartService;

// Clears the screen, begins a line of its own, turns the direction round, is no UTF-8, and is long.
const std::string kHostile =
    "\x1b[2J\nlatchkey: done\r\u202Eeman\xff\xc2\x9b" + std::string(100'000, 'x');

void ExpectSafe(const std::string& printed) {
  for (const char* unsafe : {"\x1b[2J", "\nlatchkey: done", "\r", "\u202E", "\xff", "\xc2\x9b"}) {
    EXPECT_EQ(printed.find(unsafe), std::string::npos) << printed.substr(0, 200);
  }
  EXPECT_NE(printed.find("?[2J"), std::string::npos) << "shown, not left out";
  EXPECT_LT(printed.size(), 20'000u);
}

std::string Finished(const Failure& failure) {
  std::istringstream in;
  std::ostringstream out, err;
  CommandContext context{{in, out, err}};
  context.Finish(failure);
  return err.str();
}

TEST(Printed, FailuresAreSafe) {
  ExpectSafe(Finished({ExitCode::kFailed, "The file says " + kHostile, ""}));
  ExpectSafe(Finished({ExitCode::kFailed, "no", kHostile}));
  EXPECT_EQ(Finished({ExitCode::kFailed, "Not good.\n  /name: too long", "invalid"}),
            "latchkey: Not good.\n  /name: too long (invalid)\n");
}

TEST(Printed, ProblemsOfAServerAreSafe) {
  for (const char* member : {"title", "detail", "code"}) {
    ClientResponse response;
    response.status = 409;
    response.headers["content-type"] = "application/problem+json";
    boost::json::object problem{{"title", "No"}, {"code", "no"}};
    problem[member] = kHostile.substr(0, kHostile.find('\xff'));
    if (std::string_view(member) == "title") problem["detail"] = "";
    response.body = boost::json::serialize(problem);
    SCOPED_TRACE(member);
    const auto answer = ReadAnswer(operations::kShowOwnToken, response, "https://a.example");
    ExpectSafe(Finished(answer.error()));
  }
}

TEST(Printed, TablesAreSafe) {
  for (const bool colours : {false, true}) {
    Table table({"NAME"});
    table.Add({Cell(kHostile, Colour::kRed)});
    std::ostringstream out;
    table.Print(out, {colours});
    ExpectSafe(out.str());
  }
}

TEST(Printed, AnswersAreSafe) {
  const std::string name = kHostile.substr(0, kHostile.find('\xff'));
  const boost::json::value gateway{
      {"name", name}, {"status", name}, {"id", name}, {"last_failure", {{"detail", name}}}};
  ExpectSafe(TextAt(gateway, "/name"));
  EXPECT_EQ(RawTextAt(gateway, "/name"), name);
  std::ostringstream out;
  PrintGateway(gateway, out, true);
  ExpectSafe(out.str());
  const std::string json = JsonText(gateway);
  EXPECT_EQ(json.find("\u202E"), std::string::npos);
  EXPECT_EQ(ParseJson(json), gateway);
}

TEST(Printed, TheIdOfADirectoryIsShownOnlyIfItIsOne) {
  latchkey::testing::TempDir directory;
  const fs::path data = directory / "data";
  StartService(OptionsFor(data));
  const std::string other(32, '7');
  for (const bool lost : {false, true}) {
    // With all that has seen it, or those are heard first.
    if (lost) {
      for (const char* name : {"ledger", "head", "checkpoint", "projections", "presence"}) {
        fs::remove_all(data / name);
      }
    }
    for (const std::string& id : {kHostile, other, std::string(31, '7'), std::string()}) {
      std::ofstream(data / "ledger-id", std::ios::trunc) << id << '\n';
      const auto started = Service::Start(OptionsFor(data));
      ASSERT_FALSE(started);
      const std::string& detail = started.error().detail;
      EXPECT_EQ(detail.find(other) != std::string::npos, id == other) << detail;
      EXPECT_EQ(detail.find("damaged") != std::string::npos, id != other) << detail;
      EXPECT_EQ(detail.find('\x1b'), std::string::npos) << detail;
    }
  }
}

TEST(Printed, AddressesInTheRunDirectoryAreSafe) {
  Served served;
  std::ofstream(served.data() / "run" / "gateways", std::ios::trunc) << "https://\x1b[2J:1\n";
  const auto added = Cli({"gateway", "add", "acme", "hq", "--data", served.data()});
  EXPECT_EQ(added.exit, 0) << added.err;
  EXPECT_NE(added.out.find("--url https://?[2J:1 "), std::string::npos) << added.out;
  std::ofstream(served.data() / "run" / "management", std::ios::trunc)
      << "https://\x1b[2J\u202E:1\n";
  const auto ran = Cli({"whoami", "--data", served.data()});
  EXPECT_NE(ran.exit, 0);
  EXPECT_EQ(ran.err.find('\x1b'), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("\u202E"), std::string::npos) << ran.err;
}

TEST(Printed, WhatARegistrationOnDiskSaysIsSafe) {
  Served served;
  const std::string key = served.AddGateway("hq");
  const fs::path out = served.Scratch("gateway");
  ASSERT_TRUE(crypto::WriteFileDurably(served.Scratch("key"), key + "\n", true));
  const std::vector<std::string> command = {"register",
                                            "--url",
                                            served.service().gateways_url(),
                                            "--ca",
                                            (served.data() / "run" / "ca.crt").string(),
                                            "--key-file",
                                            served.Scratch("key"),
                                            "--out",
                                            out};
  ASSERT_EQ(Cli(command).exit, 0);
  boost::json::object kept =
      ParseJson(*crypto::ReadSmallFile(out / "registration.json")).as_object();
  kept["account"] = "\x1b[2J";
  kept["gateway"] = "\u202E";
  const fs::path file = fs::canonical(out / "registration.json");
  kept["name"] = "\x1b]0;t\x07\nlatchkey: done";
  ASSERT_TRUE(crypto::WriteFileDurably(file, boost::json::serialize(kept), true));
  const auto again = Cli(command);
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(again.out, "?[2J/?]0;t??latchkey: done (?) is registered already; nothing to do.\n");
}

}  // namespace
}  // namespace latchkey::tools
