// Classes of security advisories, continued from advisories_test.cc: secrets that come back after
// the one answer that gives them.
#include <functional>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/serialize.hpp>

#include "tests/contract/browser.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;

class Secrets {
 public:
  void Know(const std::string& what, std::string secret) {
    ASSERT_GE(secret.size(), 16u) << what;
    known_.emplace_back(what, Plain(std::move(secret)));
  }
  void ExpectNoneIn(const std::string& text, const std::string& where) const {
    const std::string plain = Plain(text);
    for (const auto& [what, secret] : known_) {
      EXPECT_EQ(plain.find(secret), std::string::npos) << where << " shows " << what;
    }
  }
  void ExpectNoneIn(const HttpAnswer& answer, const std::string& where) const {
    ExpectNoneIn(answer.body, where);
    for (const auto& [name, value] : answer.headers) ExpectNoneIn(value, where + ", " + name);
  }

 private:
  // Without the dashes of keys, and in lower case.
  static std::string Plain(std::string text) {
    std::erase(text, '-');
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }
  std::vector<std::pair<std::string, std::string>> known_;
};

// One of everything that has a secret, and what later answers to the same requests say.
struct SecretLife {
  explicit SecretLife(ContractLedger& ledger) : browser(ledger.CreateToken("owner"), ledger) {
    HttpClient owner = ledger.Management();
    const auto post = [&](const std::string& path, const json::object& body) {
      const Headers once = {{"Idempotency-Key", ledger.NewName()}};
      repeat.emplace_back([=, &ledger] { return ledger.Management().Post(path, body, once); });
      const HttpAnswer answer = repeat.back()();
      EXPECT_EQ(answer.status / 100, 2) << answer.body;
      return answer.Json();
    };
    const auto add = [&](const char* what) {
      const json::object added = post("/v1/accounts/acme/gateways", {{"name", ledger.NewName()}});
      secrets.Know(what, std::string(added.at("key").as_string()));
      return Added{std::string(added.at("id").as_string()),
                   std::string(added.at("key").as_string())};
    };
    const Added redeemed = add("a redeemed key");
    identity = ledger.Install(redeemed);
    const Added superseded = add("a superseded key");
    const std::string key = "/v1/gateways/" + superseded.id + "/key";
    secrets.Know("a revealed key", std::string(post(key + "/reveal", {}).at("key").as_string()));
    secrets.Know("a revoked key", std::string(post(key, {}).at("key").as_string()));
    EXPECT_EQ(owner.Send("DELETE", key).status, 204);
    const json::object created = post("/v1/tokens", {{"name", "Ada"}, {"role", "operator"}});
    secrets.Know("a rotated token", std::string(created.at("token").as_string()));
    const std::string token = "/v1/tokens/" + std::string(created.at("id").as_string());
    secrets.Know("a token", std::string(post(token + "/rotate", {}).at("token").as_string()));
    secrets.Know("the owner's token", owner.options().token);
    const json::object hook = post("/v1/webhooks", {{"url", "https://127.0.0.1:1/"}});
    secrets.Know("a rotated secret of a webhook", std::string(hook.at("secret").as_string()));
    const std::string webhook = "/v1/webhooks/" + std::string(hook.at("id").as_string());
    secrets.Know("the secret of a webhook",
                 std::string(post(webhook + "/rotate", {}).at("secret").as_string()));
    active = ledger.Add();
    secrets.Know("an active key", active.key);
    secrets.Know("a session's cookie", browser.cookie.substr(browser.cookie.find('=') + 1));
  }

  Browser browser;
  Added active;
  Identity identity;
  Secrets secrets;
  std::vector<std::function<HttpAnswer()>> repeat;
};

// Every GET of both listeners, by the owner, by a session and by a gateway, on every object.
void ExpectNoSecretInReads(ContractLedger& ledger, SecretLife& life) {
  HttpClient owner = ledger.Management();
  HttpClient gateway = ledger.Gateways(life.identity);
  std::map<std::string, std::vector<std::string>> ids{{"{account}", {"acme"}}};
  const auto read_ids = [&](const std::string& target, const char* list, const char* id,
                            const std::string& name) {
    const json::object page = owner.Get(target).Json();
    for (const json::value& item : page.at(list).as_array()) {
      ids[name].push_back(item.at(id).is_string() ? std::string(item.at(id).as_string())
                                                  : json::serialize(item.at(id)));
    }
  };
  read_ids("/v1/accounts/acme/gateways?limit=1000", "gateways", "id", "{gateway}");
  read_ids("/v1/tokens?limit=1000", "tokens", "id", "{token}");
  read_ids("/v1/webhooks", "webhooks", "id", "{webhook}");
  read_ids("/v1/events?limit=1000", "events", "sequence", "{sequence}");
  for (const Operation& operation : OpenApi::Instance().Operations()) {
    if (operation.method != "GET" || operation.path == "/v1/events/stream") continue;
    const std::size_t at = operation.path.find('{');
    const std::string name =
        at == std::string::npos ? "" : operation.path.substr(at, operation.path.find('}') - at + 1);
    for (const std::string& id : name.empty() ? std::vector<std::string>{""} : ids[name]) {
      const std::string path = boost::replace_first_copy(operation.path, name, id);
      if (operation.listener == Listener::kGateways) {
        life.secrets.ExpectNoneIn(gateway.Get(path), path);
      } else {
        life.secrets.ExpectNoneIn(owner.Get(path), path);
        life.secrets.ExpectNoneIn(life.browser.Get(path), path + " by a session");
      }
    }
  }
}

// The whole history as a stream.
void ExpectNoSecretInStream(ContractLedger& ledger, const Secrets& secrets) {
  HttpClient client = ledger.Management();
  const std::string target = "/v1/events/stream?after=" + ledger.epoch() + "-0";
  client.SendRaw("GET " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                 client.options().token + "\r\n\r\n");
  EXPECT_EQ(client.ReceiveHead("GET", target).status, 200);
  std::string seen;
  while (seen.find("id: " + ledger.position() + "\n") == std::string::npos) {
    const std::string more = client.ReceiveSome();
    ASSERT_FALSE(more.empty()) << seen;
    seen += more;
  }
  secrets.ExpectNoneIn(seen, "the stream");
}

// Secrets where they do not belong: a refusal does not quote them.
void ExpectNoSecretInRefusals(ContractLedger& ledger, const SecretLife& life) {
  HttpClient clients[] = {ledger.Management(), ledger.Gateways(life.identity)};
  for (HttpClient& client : clients) {
    for (const std::string& secret :
         {life.active.key, ledger.Management().options().token, life.browser.cookie}) {
      const auto expect = [&](const HttpAnswer& answer) {
        EXPECT_GE(answer.status, 400);
        life.secrets.ExpectNoneIn(answer, "a refusal");
      };
      expect(client.Get("/v1/gateways/" + secret));
      expect(client.Get("/v1/accounts?limit=" + secret));
      expect(client.Send(secret.substr(0, 3), "/v1/" + secret));
      expect(
          client.Post("/v1/tokens", {{"name", secret}, {"role", secret}, {"accounts", {secret}}}));
      expect(client.Post("/v1/registrations", {{"key", secret + "x"}, {"csr", secret}}));
      expect(client.Get("/v1/nothing", {{"Last-Event-ID", secret}, {"User-Agent", secret}}));
    }
  }
}

// Elsewhere the console showed stars where the API, a repeat of an answer, an event, a log line or
// a metric had the secret itself. Here a key is in the answers that give it while it is active, a
// token's secret in one answer, a cookie in one header, and they are nowhere else.
TEST(Advisory, SecretsAreOnlyInTheAnswersThatGiveThem) {
  std::ostringstream log;
  Secrets secrets;
  {
    ContractLedger ledger({}, api::MakeLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(log),
                                              spdlog::level::debug));
    SecretLife life(ledger);
    for (const auto& again : life.repeat) {
      const HttpAnswer answer = again();
      EXPECT_EQ(answer.status / 100, 2) << answer.body;
      life.secrets.ExpectNoneIn(answer, "a repeat");
    }
    ExpectNoSecretInReads(ledger, life);
    ExpectNoSecretInStream(ledger, life.secrets);
    ExpectNoSecretInRefusals(ledger, life);
    // The search finds what is there.
    const HttpAnswer revealed =
        ledger.Management().Post("/v1/gateways/" + life.active.id + "/key/reveal", {});
    EXPECT_EQ(revealed.Json().at("key").as_string(), life.active.key);
    secrets = life.secrets;
    secrets.Know("a CSRF token", life.browser.csrf_token);
  }
  EXPECT_NE(log.str().find("/key/reveal"), std::string::npos) << "the log has these requests";
  secrets.ExpectNoneIn(log.str(), "the log");
}

}  // namespace
}  // namespace latchkey::testing
