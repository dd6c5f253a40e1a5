// Sessions while the server is killed: who was signed in still is, and who was signed out by an
// answer stays so.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/e2e/e2e_ledger.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

struct Cookie {
  std::string cookie;
  std::string csrf_token;
};

class SessionsUnderKills : public E2eTest {
 protected:
  tools::Fetched Ask(const std::string& request, const std::string& body = "") {
    std::string whole = request + "Content-Length: " + std::to_string(body.size()) +
                        "\r\nContent-Type: application/json\r\nHost: localhost\r\n\r\n" + body;
    auto answer = tools::Fetch(server().Management(1), whole);
    if (!answer) return {};
    return *std::move(answer);
  }

  Cookie SignIn() {
    const tools::Fetched answer =
        Ask("POST /v1/session HTTP/1.1\r\n", R"({"token":")" + server().token() + "\"}");
    EXPECT_EQ(answer.status, 201) << answer.body;
    const std::string name = "__Host-latchkey-session=";
    const std::size_t at = answer.head.find(name);
    if (answer.status != 201 || at == std::string::npos) return {};
    const boost::json::value body = ParseJson(answer.body);
    return {answer.head.substr(at, answer.head.find(';', at) - at),
            std::string(body.at("session").at("csrf_token").as_string())};
  }

  bool IsIn(const Cookie& who) {
    const tools::Fetched answer = Ask("GET /v1/session HTTP/1.1\r\nCookie: " + who.cookie + "\r\n");
    EXPECT_EQ(answer.status, 200);
    const boost::json::value body = ParseJson(answer.body);
    return body.is_object() && body.at("session").is_object();
  }

  // How a session that is there ends, by one of the ways.
  int End(const Cookie& who, std::uint64_t way) {
    const std::string proof = "Cookie: " + who.cookie + "\r\nX-CSRF-Token: " + who.csrf_token +
                              "\r\nSec-Fetch-Site: same-origin\r\n";
    if (way == 0) return Ask("DELETE /v1/session HTTP/1.1\r\n" + proof).status;
    const boost::json::value listed = ParseJson(
        Ask("GET /v1/sessions?limit=1000 HTTP/1.1\r\nCookie: " + who.cookie + "\r\n").body);
    for (const boost::json::value& one : listed.at("sessions").as_array()) {
      if (!one.at("current").as_bool()) continue;
      const std::string id(one.at("id").as_string());
      return Ask("DELETE /v1/sessions/" + id + " HTTP/1.1\r\n" + server().authorization()).status;
    }
    return 0;
  }

  void KillAndStart() {
    server().process().Kill();
    StartServer();
  }
};

TEST_F(SessionsUnderKills, GoOnUnlessTheyWereEnded) {
  const std::uint64_t kills = FromEnvironment("LATCHKEY_SESSION_KILLS", 4);
  SeededRandom random;
  std::vector<Cookie> in, out;
  for (std::uint64_t round = 0; round < kills; ++round) {
    for (int i = 0; i < 3; ++i) in.push_back(SignIn());
    const std::size_t ending = random.Below(in.size());
    EXPECT_EQ(End(in[ending], round % 2), 204);
    out.push_back(in[ending]);
    in.erase(in.begin() + static_cast<std::ptrdiff_t>(ending));
    KillAndStart();
    for (const Cookie& who : in) EXPECT_TRUE(IsIn(who));
    for (const Cookie& who : out) EXPECT_FALSE(IsIn(who));
  }
  // The command sees and ends them.
  std::string listed;
  EXPECT_EQ(RunLatchkey({"session", "list", "--data", data().string(), "-o", "json"}, &listed), 0);
  EXPECT_EQ(ParseJson(listed).at("sessions").as_array().size(), in.size());
  EXPECT_EQ(
      RunLatchkey({"session", "end", "--operator", "tok_00000001", "--data", data().string()}), 0);
  KillAndStart();
  for (const Cookie& who : in) EXPECT_FALSE(IsIn(who));
}

}  // namespace
}  // namespace latchkey::testing
