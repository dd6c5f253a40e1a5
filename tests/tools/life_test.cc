// The whole life of a key and a gateway, by the command line alone; and what must never leak.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include "api/log.h"
#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/domain/key_codec.h"
#include "tests/tools/served.h"
#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using events::Event;
using testing::Cli;
using testing::CountOf;
using testing::FirstLine;
using testing::Ran;
using testing::Served;

// Runs `register` as printed by `gateway add`.
Ran Install(Served& served, const std::string& key, const std::string& out,
            const std::string& command = "") {
  std::vector<std::string> arguments = {"register",
                                        "--url",
                                        served.service().gateways_url(),
                                        "--ca-fingerprint",
                                        served.service().ca_sha256(),
                                        "--key-file",
                                        "-",
                                        "--out",
                                        served.Scratch(out).string(),
                                        "--patience",
                                        "0s"};
  if (!command.empty()) arguments.insert(arguments.end(), {"--run", command});
  return Cli(arguments, key);
}

// What could fail there would keep the key, which is spent on nobody, from being shown.
TEST(GatewayAdd, AsksNothingMoreOnceTheGatewayIsAdded) {
  std::ostringstream log;
  {
    Served served([&](ServiceOptions& options) {
      options.logger = api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(log),
                                       spdlog::level::debug);
    });
    EXPECT_NE(served.AddGateway("hq"), "");
  }
  std::istringstream lines(log.str());
  std::vector<std::string> routes;
  for (std::string line; std::getline(lines, line);) {
    const std::string route = TextAt(ParseJson(line), "/route");
    if (!route.empty()) routes.push_back(route);
  }
  EXPECT_NE(std::find(routes.begin(), routes.end(), "/v1/ledger"), routes.end());
  ASSERT_FALSE(routes.empty());
  EXPECT_EQ(routes.back(), "/v1/accounts/{account}/gateways") << log.str();
}

TEST(Life, OfAKeyAndAGateway) {
  Served served;
  EXPECT_EQ(served.Run({"account", "open", "acme"}).exit, 0) << "again";
  EXPECT_NE(served.Run({"account", "list"}).out.find("acme"), std::string::npos);
  EXPECT_NE(served.Run({"whoami"}).out.find("role owner"), std::string::npos);

  const Ran added = served.Run({"gateway", "add", "acme", "hq", "--expires", "1d"});
  ASSERT_EQ(added.exit, 0) << added.err;
  const std::string key = testing::WordAfter(added.out, "Registration key");
  EXPECT_NE(added.out.find("latchkey register --url " + served.service().gateways_url() +
                           " --ca-fingerprint " + served.service().ca_sha256()),
            std::string::npos)
      << added.out;
  EXPECT_EQ(served.Status("hq"), "gray");
  EXPECT_EQ(FirstLine(served.Run({"key", "show", "acme/hq"}).out), key);

  const Ran installed = Install(served, key, "hq");
  EXPECT_EQ(installed.exit, 0) << installed.err;
  EXPECT_EQ(served.Status("hq"), "green");
  EXPECT_NE(served.Run({"gateway", "list"}).out.find("● green"), std::string::npos);
  EXPECT_NE(served.Run({"gateway", "show", "acme/hq"}).out.find("● green"), std::string::npos);
  EXPECT_EQ(served.Run({"key", "show", "acme/hq"}).exit, 3) << "there is no key to show";

  const Ran elsewhere = Install(served, key, "elsewhere");
  EXPECT_EQ(elsewhere.exit, 10);
  EXPECT_NE(elsewhere.err.find("key_already_redeemed"), std::string::npos) << elsewhere.err;

  EXPECT_EQ(served.Run({"key", "generate", "acme/hq"}).exit, 3) << "needs --replace";
  EXPECT_EQ(served.Run({"gateway", "rename", "acme/hq", "head office"}).exit, 0);
  EXPECT_EQ(
      served.Run({"gateway", "deregister", "acme/head office", "--reason", "moved", "--yes"}).exit,
      0);
  EXPECT_EQ(served.Status("head office"), "gray");

  const std::string next = FirstLine(served.Run({"key", "generate", "acme/head office"}).out);
  EXPECT_EQ(Install(served, next, "hq2", "exit 7").exit, 11);
  const Ran failed = served.Run({"gateway", "show", "acme/head office"});
  EXPECT_NE(failed.out.find("command_failed"), std::string::npos) << failed.out;
  const std::string third = FirstLine(served.Run({"key", "generate", "acme/head office"}).out);
  EXPECT_EQ(served.Run({"key", "revoke", "acme/head office", "--yes"}).exit, 0);
  EXPECT_EQ(Install(served, third, "hq2").exit, 10);
  EXPECT_EQ(served.Run({"gateway", "remove", "acme/head office", "--yes"}).exit, 0);
  EXPECT_EQ(served.Run({"gateway", "show", "gw_00000001"}).exit, 3);
  EXPECT_EQ(CountOf(served.service(), Event::kKeyRedeemed), 2u);
}

TEST(Life, RefusalsSayWhatAndEndWithThree) {
  Served served;
  served.AddGateway("hq");
  const struct {
    const char* name;
    std::vector<std::string> arguments;
    const char* code;
  } rows[] = {
      {"name taken", {"gateway", "add", "acme", "hq"}, "name_taken"},
      {"bad account", {"account", "open", "Not Good"}, "validation_failed"},
      {"unknown account", {"gateway", "add", "nobody", "x"}, "not_found"},
      {"unknown gateway", {"gateway", "show", "gw_0000000z"}, "not_found"},
      {"unknown name", {"gateway", "show", "acme/nobody"}, "no gateway"},
      {"name too long", {"gateway", "add", "acme", std::string(101, 'x')}, "validation_failed"},
      {"key too short-lived",
       {"gateway", "add", "acme", "y", "--expires", "0s"},
       "validation_failed"},
      {"wrong token", {"whoami", "--token", "lkop_no"}, "unauthenticated"},
      {"wrong filter", {"history", "--type", "Nonsense"}, "validation_failed"},
  };
  for (const auto& row : rows) {
    const Ran ran = served.Run(row.arguments);
    EXPECT_EQ(ran.exit, 3) << row.name << ": " << ran.err;
    EXPECT_NE(ran.err.find(row.code), std::string::npos) << row.name << ": " << ran.err;
    EXPECT_EQ(ran.out, "") << row.name;
  }
}

TEST(Life, ConnectsByFlagsAndByEnvironment) {
  Served served;
  const std::string ca = (served.data() / "secrets" / "ca.crt").string();
  const std::string token_file = (served.data() / "secrets" / "owner-token").string();
  const std::string url = served.service().management_url();
  const Ran by_flags = Cli({"whoami", "--url", url, "--ca", ca, "--token-file", token_file});
  EXPECT_EQ(by_flags.exit, 0) << by_flags.err;
  const Ran without_ca = Cli({"whoami", "--url", url, "--token", served.Token()});
  EXPECT_EQ(without_ca.exit, 1) << without_ca.err;
  ::setenv("LATCHKEY_URL", url.c_str(), 1);
  ::setenv("LATCHKEY_CA", ca.c_str(), 1);
  ::setenv("LATCHKEY_TOKEN", served.Token().c_str(), 1);
  EXPECT_EQ(Cli({"whoami"}).exit, 0);
  ::unsetenv("LATCHKEY_TOKEN");
  EXPECT_EQ(Cli({"whoami"}).exit, 2);
  ::setenv("LATCHKEY_TOKEN_FILE", token_file.c_str(), 1);
  EXPECT_EQ(Cli({"whoami"}).exit, 0);
  for (const char* name : {"LATCHKEY_URL", "LATCHKEY_CA", "LATCHKEY_TOKEN_FILE"}) ::unsetenv(name);
}

TEST(Life, JsonIsTheServersAnswer) {
  Served served;
  const Ran added = served.Run({"gateway", "add", "acme", "hq", "-o", "json"});
  const auto gateway = ParseJson(added.out);
  EXPECT_EQ(TextAt(gateway, "/id"), "gw_00000001");
  EXPECT_TRUE(domain::ParseKey(TextAt(gateway, "/key")));
  const auto list = ParseJson(served.Run({"gateway", "list", "-o", "json"}).out);
  EXPECT_EQ(At(list, "/gateways").as_array().size(), 1u);
  EXPECT_EQ(TextAt(ParseJson(served.Run({"whoami", "-o", "json"}).out), "/role"), "owner");
}

TEST(Life, ListsAreReadToTheirEnd) {
  Served served;
  constexpr int kMany = 1'050;  // more than one page of 1,000
  for (int i = 0; i < kMany; ++i) {
    domain::Submission request{domain::AddGateway{"acme", "gw-" + std::to_string(i), 0,
                                                  ledger_limits::kDefaultKeyLifetime},
                               {},
                               "",
                               std::nullopt,
                               std::nullopt};
    ASSERT_TRUE(served.service().ledger().sequencer().Submit(std::move(request),
                                                             [](const latchkey::Outcome&) {}));
  }
  while (served.service().ledger().projections().size() < 3 + 2 * kMany) {
  }
  const auto list = ParseJson(served.Run({"gateway", "list", "acme", "-o", "json"}).out);
  EXPECT_EQ(At(list, "/gateways").as_array().size(), static_cast<std::size_t>(kMany));
}

TEST(History, IsFilteredAndInOrder) {
  Served served;
  const std::string key = served.AddGateway("hq");
  served.AddGateway("branch");
  ASSERT_EQ(Install(served, key, "hq").exit, 0);
  const auto lines = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "history");
    arguments.insert(arguments.end(), {"-o", "json"});
    const Ran ran = served.Run(arguments);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    std::vector<std::string> types;
    std::istringstream all(ran.out);
    for (std::string line; std::getline(all, line);) {
      types.push_back(TextAt(ParseJson(line), "/type"));
    }
    return types;
  };
  EXPECT_EQ(lines({}).front(), "LedgerCreated");
  EXPECT_EQ(lines({"--gateway", "acme/hq"}),
            (std::vector<std::string>{"GatewayAdded", "KeyIssued", "KeyRedeemed",
                                      "RegistrationConfirmed", "GatewayConnected"}));
  EXPECT_EQ(lines({"--type", "KeyIssued"}).size(), 2u);
  EXPECT_EQ(lines({"--type", "KeyIssued", "--type", "KeyRedeemed"}).size(), 3u);
  EXPECT_EQ(lines({"--newest", "2"}),
            (std::vector<std::string>{"RegistrationConfirmed", "GatewayConnected"}));
  EXPECT_EQ(lines({"--since", "1h"}).size(), lines({}).size());
  EXPECT_TRUE(lines({"--until", "1h"}).empty());
  const Ran table = served.Run({"history", "--account", "acme"});
  EXPECT_NE(table.out.find(" connected ("), std::string::npos);
  EXPECT_EQ((table.out).find(key), std::string::npos);
}

// Whether any file below `directory`, its secrets aside, holds one of `secrets`.
std::vector<std::string> Leaks(const fs::path& directory,
                               const std::map<std::string, std::string>& secrets) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file() || entry.path().parent_path().filename() == "secrets") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    for (const auto& [name, secret] : secrets) {
      if (bytes.find(secret) != std::string::npos)
        found.push_back(name + " in " + entry.path().string());
    }
  }
  return found;
}

TEST(Secrets, StandInNoFileButTheirOwnAndInNoLogLine) {
  std::map<std::string, std::string> secrets;
  std::string log;
  latchkey::testing::TempDir keep;
  {
    const auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(keep / "log");
    const auto logger = api::MakeLogger(sink, spdlog::level::debug);
    Served served([&](ServiceOptions& options) { options.logger = logger; });
    const std::string key = served.AddGateway("hq");
    const std::string branch_key = served.AddGateway("branch");
    EXPECT_EQ(served.Run({"key", "show", "acme/branch"}).exit, 0);
    EXPECT_EQ(Install(served, key, "hq").exit, 0);
    EXPECT_EQ(Install(served, key, "again").exit, 10);
    served.Run({"whoami", "--token", "lkop_" + std::string(56, 'a')});
    std::string plain = key;
    std::erase(plain, '-');
    const auto parsed = domain::ParseKey(key);
    secrets = {{"key", key},
               {"key without dashes", plain.substr(3)},
               {"key's secret", std::string(parsed->secret.view())},
               {"active key", branch_key},
               {"token", served.Token()},
               {"wrong token", std::string(56, 'a')}};
    const auto master = crypto::ReadSmallFile(served.data() / "secrets" / "master-key");
    secrets["master key, hex"] = master->substr(0, 64);
    secrets["master key"] = *text::FromHex(master->substr(0, 64));
    for (const char* name : {"ca.key", "checkpoint.key"}) {
      const auto pem = crypto::ReadSmallFile(served.data() / "secrets" / name);
      secrets[name] = pem->substr(pem->find('\n') + 1, 40);
    }
    const auto gateway_key = crypto::ReadSmallFile(served.Scratch("hq") / "gateway.key");
    secrets["gateway's key"] = gateway_key->substr(gateway_key->find('\n') + 1, 40);
    served.service().ledger().projections().Flush();
    // Lines are written in order by a thread of their own: the one asked for last ends the wait.
    EXPECT_EQ(served.Run({"gateway", "show", "gw_0000000z"}).exit, 3);
    while ((log = *crypto::ReadSmallFile(keep / "log")).find("not_found") == std::string::npos) {
    }
    EXPECT_EQ(Leaks(served.data(), secrets), std::vector<std::string>()) << "while served";
    served.Stop();
    EXPECT_EQ(Leaks(served.data(), secrets), std::vector<std::string>()) << "afterwards";
  }
  EXPECT_NE(log.find("request_id"), std::string::npos) << log;
  for (const auto& [name, secret] : secrets) {
    EXPECT_EQ(log.find(secret), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace latchkey::tools
