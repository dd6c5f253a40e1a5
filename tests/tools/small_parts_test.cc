// The parts of the command line that need no server.
#include <sstream>

#include <gtest/gtest.h>

#include "api/http/address.h"
#include "core/http/tls_trust.h"
#include "tests/tools/served.h"
#include "tools/cli/duration.h"
#include "tools/client/event_stream.h"
#include "tools/client/json.h"
#include "tools/client/table.h"
#include "tools/serve/server_identity.h"

namespace latchkey::tools {
namespace {

using namespace std::chrono_literals;
using api::HostOf;
using api::UrlOf;
using testing::Cli;

TEST(Duration, IsANumberAndAUnit) {
  const struct {
    const char* text;
    std::optional<std::chrono::seconds> span;
  } rows[] = {
      {"90s", 90s},          {"15m", 15min},           {"12h", 12h},
      {"7d", 7 * 24h},       {"2w", 14 * 24h},         {"0s", 0s},
      {"", std::nullopt},    {"7", std::nullopt},      {"d", std::nullopt},
      {"-7d", std::nullopt}, {"7D", std::nullopt},     {"1.5h", std::nullopt},
      {"7 d", std::nullopt}, {"11000d", std::nullopt}, {"99999999999999999999s", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(ParseDuration(row.text), row.span) << row.text;
}

TEST(Fingerprint, IsReadWithAndWithoutColons) {
  const std::string hex(64, 'a');
  std::string colons;
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AA" : ":AA";
  EXPECT_EQ(ParseFingerprint("sha256:" + hex), std::string(32, '\xaa'));
  EXPECT_EQ(ParseFingerprint("sha256:" + colons), std::string(32, '\xaa'));
  for (const std::string& bad : {std::string(), hex, "sha1:" + hex, "sha256:" + hex.substr(1),
                                 "sha256:" + hex + "aa", "sha256:" + std::string(64, 'g')}) {
    EXPECT_EQ(ParseFingerprint(bad), "") << bad;
  }
}

TEST(EventStream, ReadsEventsHoweverTheyAreCut) {
  const std::string text =
      ": hello\n\nid: e-1\nevent: A\ndata: {\"a\":1}\n\n: e-4\nid: e-4\n\nid: e-5\r\ndata: x\r\n"
      "data: y\r\n\r\n";
  for (std::size_t cut = 1; cut <= text.size(); ++cut) {
    std::vector<std::string> seen;
    EventStreamReader reader([&](const std::string& data) { seen.push_back(data); });
    for (std::size_t at = 0; at < text.size(); at += cut) reader.Feed(text.substr(at, cut));
    EXPECT_EQ(seen, (std::vector<std::string>{"{\"a\":1}", "x\ny"})) << "cut every " << cut;
    EXPECT_EQ(reader.last_id(), "e-5");
  }
}

// Going on behind an event of which only a part came would lose it.
TEST(EventStream, WhatCameInPartIsAskedForAgain) {
  const std::string first = "id: e-1\ndata: x\n\n";
  const std::string second = "id: e-2\ndata: y\n\n";
  for (std::size_t came = 0; came < second.size(); ++came) {
    std::vector<std::string> seen;
    EventStreamReader reader([&](const std::string& data) { seen.push_back(data); });
    reader.Feed(first + second.substr(0, came));
    reader.Cut();
    EXPECT_EQ(reader.last_id(), "e-1") << second.substr(0, came);
    reader.Feed(second);
    EXPECT_EQ(seen, (std::vector<std::string>{"x", "y"})) << second.substr(0, came);
    EXPECT_EQ(reader.last_id(), "e-2");
  }
}

TEST(Table, LinesUpAndColoursOnlyATerminal) {
  Table table({"STATUS", "NAME"});
  table.Add({Dot("green"), std::string("hq")});
  table.Add({Dot("gray"), std::string("zürich")});
  std::ostringstream plain, coloured;
  table.Print(plain, {});
  table.Print(coloured, {true});
  EXPECT_EQ(plain.str(), "STATUS   NAME\n● green  hq\n● gray   zürich\n");
  EXPECT_NE(coloured.str().find("\x1b[32m● green\x1b[0m"), std::string::npos);
}

TEST(Table, TimesAreShort) {
  EXPECT_EQ(ShortTime("2026-01-02T03:04:05.678901Z"), "2026-01-02 03:04:05Z");
  EXPECT_EQ(ShortTime(""), "-");
}

TEST(Json, ReadsWhatIsMissingAsEmpty) {
  const boost::json::value value = ParseJson(R"({"a":{"b":"c","n":7}})");
  EXPECT_EQ(TextAt(value, "/a/b"), "c");
  EXPECT_EQ(NumberAt(value, "/a/n"), 7);
  EXPECT_EQ(TextAt(value, "/a/n"), "");
  EXPECT_EQ(TextAt(value, "/x/y"), "");
  EXPECT_TRUE(ParseJson("{").is_null());
}

TEST(ServerNames, AreTheAddressesAndTheNames) {
  EXPECT_EQ(ServerNames({"127.0.0.1:0", "[::1]:0", "10.0.0.7:8444"}, {"ledger.example.com"}),
            (std::vector<std::string>{"localhost", "127.0.0.1", "::1", "10.0.0.7",
                                      "ledger.example.com"}));
  EXPECT_EQ(HostOf("127.0.0.1:80"), "127.0.0.1");
  EXPECT_EQ(HostOf("[::]:80"), "::");
  for (const char* bad : {"", "127.0.0.1", "127.0.0.1:", ":80", "::1:80", "127.0.0.1:http",
                          "127.0.0.1:65536", "127.0.0.1:-1"}) {
    EXPECT_FALSE(HostOf(bad)) << bad;
  }
  EXPECT_EQ(UrlOf("0.0.0.0:80", ""), "https://127.0.0.1:80");
  EXPECT_EQ(UrlOf("[::]:80", ""), "https://[::1]:80");
  EXPECT_EQ(UrlOf("0.0.0.0:80", "a.example"), "https://a.example:80");
}

TEST(CommandLine, UsageIsTwo) {
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"nonsense"},
      {"serve"},
      {"gateway"},
      {"gateway", "add", "acme"},
      {"key", "show"},
      {"whoami", "-o", "yaml", "--data", "x"},
      {"key", "generate", "gw_00000001", "--expires", "soon"},
      {"register", "--ca-fingerprint", "sha256:12", "--url", "https://localhost:1"},
      {"register", "--url", "https://localhost:1"},  // no key, no terminal to ask on
      {"register", "--url", "http://localhost:1", "--key-file", "/nowhere"},
      {"history", "--since", "yesterday", "--data", "x"},
      {"gateway", "list", "--status", "blue", "--data", "x"},
      {"serve", "--data", "x", "--management", "8443"},
      {"serve", "--data", "x", "--name", "not a name"},
      {"serve", "--data", "x", "--trusted-proxy", "10.0.0.1/8"},
  };
  for (const auto& row : rows) {
    latchkey::testing::TempDir directory;
    std::vector<std::string> arguments = row;
    if (!row.empty() && row[0] == "register") {
      arguments.insert(arguments.end(), {"--out", (directory / "out").string()});
    }
    const auto ran = Cli(arguments);
    std::string line;
    for (const auto& word : row) line += word + " ";
    EXPECT_EQ(ran.exit, 2) << line;
    EXPECT_EQ(ran.out, "") << line;
    EXPECT_NE(ran.err, "") << line;
  }
}

TEST(CommandLine, HelpTeachesAndEndsWithZero) {
  for (const std::vector<std::string>& row :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"serve", "--help"},
                                             {"register", "--help"},
                                             {"gateway", "add", "--help"},
                                             {"key", "generate", "--help"},
                                             {"history", "--help"},
                                             {"--version"}}) {
    const auto ran = Cli(row);
    EXPECT_EQ(ran.exit, 0) << row.front();
    EXPECT_NE(ran.out, "") << row.front();
  }
}

TEST(CommandLine, SaysWhereAServerOrATokenComesFrom) {
  latchkey::testing::TempDir directory;
  const auto no_server = Cli({"whoami"});
  EXPECT_EQ(no_server.exit, 2);
  EXPECT_NE(no_server.err.find("--data"), std::string::npos);
  const auto no_token = Cli({"whoami", "--url", "https://127.0.0.1:1"});
  EXPECT_EQ(no_token.exit, 2);
  EXPECT_NE(no_token.err.find("token"), std::string::npos);
  const auto not_served = Cli({"whoami", "--data", directory.path().string()});
  EXPECT_EQ(not_served.exit, 4);
  EXPECT_NE(not_served.err.find("latchkey serve"), std::string::npos);
  const auto nowhere = Cli({"whoami", "--data", (directory / "none").string()});
  EXPECT_EQ(nowhere.exit, 4);
  EXPECT_NE(nowhere.err.find("There is no directory"), std::string::npos) << nowhere.err;
  const auto gone = Cli({"whoami", "--url", "https://127.0.0.1:1", "--token", "t"});
  EXPECT_EQ(gone.exit, 4);
}

}  // namespace
}  // namespace latchkey::tools
