// No command believes a server that is not Latchkey's, or an address that is not a server's.
#include <fstream>

#include <gtest/gtest.h>

#include "core/crypto/files.h"
#include "core/domain/key_codec.h"
#include "tests/tools/served.h"
#include "tests/tools/strange_server.h"
#include "tools/client/answer.h"
#include "tools/client/json.h"
#include "tools/client/operations.h"
#include "tools/client/server_url.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;
using testing::Cli;
using testing::Ran;
using testing::StrangeServer;

std::string Response(const std::string& status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + (type.empty() ? "" : "Content-Type: " + type + "\r\n") +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

const std::vector<std::vector<std::string>> kOperatorCommands = {
    {"account", "open", "acme"},
    {"account", "list"},
    {"gateway", "add", "acme", "hq", "-o", "json"},
    {"gateway", "list"},
    {"gateway", "list", "acme", "-o", "json"},
    {"gateway", "show", "gw_00000001"},
    {"gateway", "rename", "gw_00000001", "b"},
    {"gateway", "remove", "gw_00000001", "--yes"},
    {"gateway", "remove", "acme/hq", "--yes"},
    {"gateway", "deregister", "gw_00000001", "--yes"},
    {"key", "show", "gw_00000001"},
    {"key", "generate", "gw_00000001", "--yes"},
    {"key", "revoke", "gw_00000001", "--yes"},
    {"token", "create", "ci", "--role", "operator"},
    {"token", "list"},
    {"token", "rotate", "tok_00000001"},
    {"token", "revoke", "tok_00000001", "--yes"},
    {"whoami"},
    {"history"},
    {"history", "--follow"},
};

class StrangeAnswer : public ::testing::Test {
 protected:
  StrangeAnswer() {
    std::ofstream(directory_ / "key")
        << domain::FormatKey({1, 1, crypto::Secret(std::string(16, 'k'))}).view();
  }

  Ran Ask(const StrangeServer& server, std::vector<std::string> command) {
    const fs::path ca = directory_ / "ca.crt";
    std::ofstream(ca) << server.ca_pem();
    command.insert(command.end(),
                   {"--url", server.url("127.0.0.1"), "--token", "t", "--ca", ca.string()});
    return Cli(command);
  }

  Ran Register(const StrangeServer& server) {
    const fs::path ca = directory_ / "ca.crt";
    std::ofstream(ca) << server.ca_pem();
    return Cli({"register", "--url", server.url("127.0.0.1"), "--ca", ca, "--patience", "0s",
                "--key-file", directory_ / "key", "--out", directory_ / "gateway"});
  }

  latchkey::testing::TempDir directory_;
};

TEST_F(StrangeAnswer, IsNoSuccess) {
  const std::string rows[] = {
      Response("200 OK", "application/json", "{}"),
      Response("200 OK", "application/json", "[]"),
      Response("200 OK", "application/json", "null"),
      Response("200 OK", "application/json", "{"),
      Response("200 OK", "application/json", R"({"accounts":null,"next":null,"id":7})"),
      Response("200 OK", "text/html", "<html>Welcome</html>"),
      Response("200 OK", "text/event-stream", "id: x\ndata: {}\n\n"),
      Response("200 OK", "", ""),
      Response("201 Created", "application/json", "{}"),
      Response("302 Found", "text/html", ""),
      Response("404 Not Found", "text/html", "<html>Not here</html>"),
      Response("401 Unauthorized", "application/json", R"({"error":"no"})"),
      Response("502 Bad Gateway", "text/html", ""),
      "220 mail.example ESMTP\r\n",
  };
  for (const std::string& answer : rows) {
    const StrangeServer server(answer);
    for (const auto& command : kOperatorCommands) {
      const Ran ran = Ask(server, command);
      std::string words;
      for (const std::string& word : command) words += word + " ";
      SCOPED_TRACE(words + "\n" + answer);
      EXPECT_EQ(ran.exit, 1) << ran.out << ran.err;
      EXPECT_EQ(ran.out, "");
      EXPECT_NE(ran.err.find(server.url("127.0.0.1")), std::string::npos) << ran.err;
    }
    const Ran registered = Register(server);
    EXPECT_EQ(registered.exit, 1) << answer << registered.err;
    EXPECT_FALSE(fs::exists(directory_ / "gateway" / "gateway.crt"));
  }
}

TEST_F(StrangeAnswer, LeavesTheFileOfATokenAsItIs) {
  const StrangeServer server(Response("200 OK", "application/json", "{}"));
  const fs::path file = directory_ / "token";
  std::ofstream(file) << "precious\n";
  EXPECT_EQ(Ask(server, {"token", "rotate", "tok_00000001", "--out", file}).exit, 1);
  EXPECT_EQ(*crypto::ReadSmallFile(file), "precious\n");
}

// A proxy says so with a page of its own.
TEST_F(StrangeAnswer, OfAProxyWithoutAServerIsTriedAgain) {
  const StrangeServer server(Response("503 Service Unavailable", "text/html", "<html></html>"));
  const Ran ran = Ask(server, {"whoami"});
  EXPECT_EQ(ran.exit, 4) << ran.err;
  EXPECT_NE(ran.err.find("proxy"), std::string::npos) << ran.err;
}

TEST(Answer, NeedsItsMembersEachOfItsKind) {
  const boost::json::value key = ParseJson(R"({"key":"LK1","generation":2,"expires_at":"t"})");
  EXPECT_TRUE(HasMembers(key, operations::kKey));
  for (const char* member : {"key", "generation", "expires_at"}) {
    for (const boost::json::value& other :
         {boost::json::value(nullptr), boost::json::value(true), boost::json::value(1.5),
          boost::json::value(""), boost::json::value(boost::json::array())}) {
      boost::json::object changed = key.as_object();
      changed[member] = other;
      EXPECT_FALSE(HasMembers(changed, operations::kKey)) << member << " " << other;
    }
    boost::json::object less = key.as_object();
    less.erase(member);
    EXPECT_FALSE(HasMembers(less, operations::kKey)) << member;
  }
}

TEST(ServerUrl, IsAHostAndAPort) {
  const struct {
    const char* given;
    const char* read;
  } rows[] = {
      {"https://a.example", "https://a.example"},
      {"https://a.example/", "https://a.example"},
      {"HTTPS://a.example:8443/", "https://a.example:8443"},
      {" https://127.0.0.1:8443\r\n", "https://127.0.0.1:8443"},
      {"https://[::1]:8443", "https://[::1]:8443"},
      {"https://a.example:", "https://a.example"},
  };
  for (const auto& row : rows) EXPECT_EQ(*ReadServerUrl(row.given, "--url"), row.read);
  for (const char* bad : {"",
                          "a.example",
                          "a.example:8443",
                          "http://a.example",
                          "https://",
                          "https:///x",
                          "https://a.example/x",
                          "https://a.example//",
                          "https://a.example?x=1",
                          "https://a.example/?x=1",
                          "https://a.example/#x",
                          "https://a.example#",
                          "https://me@a.example",
                          "https://me:secret@a.example",
                          "https://a b.example",
                          "https://a%20b.example",
                          "https://a.example:0",
                          "https://a.example:65536",
                          "https://a.example:https",
                          "https://z\u00fcrich.example"}) {
    const auto read = ReadServerUrl(bad, "--url");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().exit, ExitCode::kUsage) << bad;
    EXPECT_TRUE(read.error().message.starts_with("--url: ")) << read.error().message;
    EXPECT_EQ(read.error().message.find("secret"), std::string::npos) << read.error().message;
  }
}

TEST(ServerUrl, IsReadFromOptionsAndVariablesAlike) {
  const std::string bad = "https://127.0.0.1:1/?x=1";
  const latchkey::testing::TempDir directory;
  const std::vector<std::string> installer = {"register", "--key-file", "-", "--out",
                                              directory / "gateway"};
  EXPECT_EQ(Cli({"whoami", "--token", "t", "--url", bad}).exit, 2);
  EXPECT_EQ(
      Cli({"whoami", "--token", "t", "--url", "https://127.0.0.1:1", "--gateways-url", bad}).exit,
      2);
  std::vector<std::string> by_option = installer;
  by_option.insert(by_option.end(), {"--url", bad});
  EXPECT_EQ(Cli(by_option, "LK1").exit, 2);
  for (const char* variable : {"LATCHKEY_URL", "LATCHKEY_GATEWAYS_URL"}) {
    ::setenv(variable, bad.c_str(), 1);
    const bool gateways = variable == std::string("LATCHKEY_GATEWAYS_URL");
    const Ran ran = gateways ? Cli(installer, "LK1") : Cli({"whoami", "--token", "t"});
    ::unsetenv(variable);
    EXPECT_EQ(ran.exit, 2) << ran.err;
    EXPECT_NE(ran.err.find(std::string(variable) + ": "), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace latchkey::tools
