// What the environment says of proxies and tokens, for good and for ill.
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "tests/tools/served.h"
#include "tests/tools/strange_server.h"
#include "tools/client/token_text.h"

namespace latchkey::tools {
namespace {

using testing::Cli;
using testing::Ran;
using testing::Served;

// Variables of the environment, for as long as this lives.
class Environment {
 public:
  Environment(std::initializer_list<std::pair<std::string, std::optional<std::string>>> variables) {
    for (const auto& [name, value] : variables) {
      const char* before = std::getenv(name.c_str());
      before_[name] = before == nullptr ? std::nullopt : std::optional<std::string>(before);
      Set(name, value);
    }
  }
  ~Environment() {
    for (const auto& [name, value] : before_) Set(name, value);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void Set(const std::string& name, const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name.c_str());
    }
  }
  std::map<std::string, std::optional<std::string>> before_;
};

const std::string kDeadProxy = "http://me:secret@127.0.0.1:1";

TEST(Proxies, AreNotForThisMachine) {
  Served served;
  for (const char* variable : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    const Environment proxied{{"no_proxy", {}},      {"NO_PROXY", {}},  {"https_proxy", {}},
                              {"HTTPS_PROXY", {}},   {"all_proxy", {}}, {"ALL_PROXY", {}},
                              {variable, kDeadProxy}};
    const Ran here = served.Run({"whoami"});
    EXPECT_EQ(here.exit, 0) << variable << here.err;
    const std::string url = served.service().management_url();
    for (const std::string& each : {url, "https://localhost" + url.substr(url.rfind(':'))}) {
      const Ran loopback = Cli({"whoami", "--url", each, "--token", served.Token(), "--ca",
                                (served.data() / "run" / "ca.crt").string()});
      EXPECT_EQ(loopback.exit, 0) << variable << loopback.err;
    }
  }
}

TEST(Proxies, AreNamedWhereTheyMayBeInTheWay) {
  const Environment proxied{{"no_proxy", {}}, {"NO_PROXY", {}}, {"https_proxy", kDeadProxy}};
  const Ran ran = Cli({"whoami", "--url", "https://ledger.example:8443", "--token", "t"});
  EXPECT_EQ(ran.exit, 4) << ran.err;
  EXPECT_NE(ran.err.find("https_proxy=127.0.0.1:1"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("secret"), std::string::npos) << ran.err;
}

TEST(Proxies, AreNotNamedWhereTheyAreNotUsed) {
  for (const char* exempt : {"*", "ledger.invalid", "a.example, .invalid", "invalid,b.example"}) {
    const Environment proxied{{"no_proxy", exempt}, {"NO_PROXY", {}}, {"https_proxy", kDeadProxy}};
    const Ran ran = Cli({"whoami", "--url", "https://ledger.invalid:8443", "--token", "t"});
    EXPECT_EQ(ran.exit, 4) << ran.err;
    EXPECT_EQ(ran.err.find("proxy"), std::string::npos) << exempt << ran.err;
  }
  for (const char* other : {"", "ger.invalid", "ledger.invalid.example"}) {
    const Environment proxied{{"no_proxy", other}, {"NO_PROXY", {}}, {"https_proxy", kDeadProxy}};
    const Ran ran = Cli({"whoami", "--url", "https://ledger.invalid:8443", "--token", "t"});
    EXPECT_NE(ran.err.find("proxy"), std::string::npos) << other << ran.err;
  }
}

TEST(Addresses, OfGatewaysAreNotForOperators) {
  Served served;
  const Ran ran = Cli({"whoami", "--url", served.service().gateways_url(), "--token",
                       served.Token(), "--ca", (served.data() / "run" / "ca.crt").string()});
  EXPECT_EQ(ran.exit, 3) << ran.err;
  EXPECT_NE(ran.err.find("This is where gateways connect"), std::string::npos) << ran.err;
}

TEST(TokenText, IsTrimmedOrRefused) {
  for (const char* good : {"t", "t\n", " t\r\n", "\tt "}) {
    EXPECT_EQ(ReadTokenText(good, "X")->view(), "t") << good;
  }
  using namespace std::string_literals;
  const struct {
    std::string text;
    const char* said;
  } rows[] = {
      {"", "empty"},
      {"\n", "empty"},
      {"t\r\nX-Evil: 1", "line break"},
      {"t\nu", "line break"},
      {"t u", "space"},
      {"z\u00fcrich", "letter"},
      {"\xef\xbb\xbft", "byte order mark"},
      {"\xff\xfet\0"s, "UTF-16"},
      {"t\0u\0"s, "UTF-16"},
      {"Bearer t", "Bearer"},
      {"\"t\"", "quotes"},
      {"'t'", "quotes"},
  };
  for (const auto& row : rows) {
    const auto read = ReadTokenText(row.text, "THE SOURCE");
    ASSERT_FALSE(read) << row.text;
    EXPECT_EQ(read.error().exit, ExitCode::kUsage);
    EXPECT_TRUE(read.error().message.starts_with("THE SOURCE ")) << read.error().message;
    EXPECT_NE(read.error().message.find(row.said), std::string::npos) << read.error().message;
  }
}

TEST(TokenOfTheEnvironment, IsTrimmedOrRefused) {
  Served served;
  const std::string ca = (served.data() / "run" / "ca.crt").string();
  const std::vector<std::string> whoami = {"whoami", "--url", served.service().management_url(),
                                           "--ca", ca};
  {
    const Environment set{{"LATCHKEY_TOKEN", served.Token() + "\r\n"}};
    EXPECT_EQ(Cli(whoami).exit, 0);
  }
  {
    const Environment set{{"LATCHKEY_TOKEN", served.Token() + "\r\nX-Request-Id: evil"}};
    const Ran ran = Cli(whoami);
    EXPECT_EQ(ran.exit, 2) << ran.err;
    EXPECT_NE(ran.err.find("LATCHKEY_TOKEN "), std::string::npos) << ran.err;
  }
  std::ofstream(served.Scratch("token")) << "\xef\xbb\xbf" << served.Token() << '\n';
  auto from_file = whoami;
  from_file.insert(from_file.end(), {"--token-file", served.Scratch("token")});
  const Ran ran = Cli(from_file);
  EXPECT_EQ(ran.exit, 2) << ran.err;
  EXPECT_NE(ran.err.find("byte order mark"), std::string::npos) << ran.err;
}

TEST(TokenOfTheEnvironment, BesideADirectoryIsNotPassedOverInSilence) {
  Served served;
  for (const char* variable : {"LATCHKEY_TOKEN", "LATCHKEY_TOKEN_FILE"}) {
    const Environment set{{variable, "t"}};
    const Ran ran = served.Run({"whoami"});
    EXPECT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.err.find(std::string(variable) + " is not used"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(served.Run({"whoami"}).err, "");
}

}  // namespace
}  // namespace latchkey::tools
