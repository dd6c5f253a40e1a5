// The parts of the command line that need no server.
#include <sstream>

#include <gtest/gtest.h>

#include "api/http/address.h"
#include "core/http/tls_trust.h"
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

TEST(WriteJson, GivesWhatWasReadWithNumbersAsPeopleWriteThem) {
  const std::pair<const char*, const char*> rows[] = {
      {"3.50", "3.5"},
      {"-0.25e-1", "-0.025"},
      {"1e2", "100.0"},
      {"1e100", "1e+100"},
      {"-0.0", "-0.0"},
      {"18446744073709551615", "18446744073709551615"},
      {R"( { "a" : [ ], "b" : { }, "c" : [ 1, 2.5, true, null, "\"\n" ], "\t" : 0 } )",
       R"({"a":[],"b":{},"c":[1,2.5,true,null,"\"\n"],"\t":0})"},
      {R"([[],[{}]])", R"([[],[{}]])"},
  };
  for (const auto& [text, written] : rows) {
    const boost::json::value value = ParseJson(text);
    EXPECT_EQ(WriteJson(value), written);
    EXPECT_EQ(ParseJson(written), value) << text;
  }
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

}  // namespace
}  // namespace latchkey::tools
