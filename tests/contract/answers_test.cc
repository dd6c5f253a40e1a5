// Successful answers: every success status that the contract lists.
#include <set>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/ids.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;

json::object Show(const Added& gateway) {
  return Ledger().Management().Get(PathOf(gateway)).Json();
}

TEST(AccountTest, IsOpenedOnce) {
  HttpClient client = Ledger().Management();
  EXPECT_EQ(client.Send("PUT", "/v1/accounts/opened-once").status, 201);
  const HttpAnswer again = client.Send("PUT", "/v1/accounts/opened-once", "{}");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(client.Get("/v1/accounts/opened-once").body, again.body);
}

TEST(GatewayTest, GoesThroughItsLife) {
  const Added gateway = Ledger().Add();
  json::object shown = Show(gateway);
  EXPECT_EQ(shown["status"], "gray");
  EXPECT_EQ(shown["registration"], "unregistered");
  EXPECT_EQ(shown["registration_key"].as_object()["state"], "active");

  const Identity identity = Ledger().Redeem(gateway);
  shown = Show(gateway);
  EXPECT_EQ(shown["status"], "gray");
  EXPECT_EQ(shown["registration"], "registering");
  EXPECT_EQ(shown["pending"].as_object()["host"].as_object()["hostname"], "gw.example.net");
  EXPECT_EQ(Ledger().TryRedeem(gateway.key, identity).status, 200);

  HttpClient installed = Ledger().Gateways(identity);
  EXPECT_EQ(installed.Post("/v1/check-in", {}).Json()["registration"], "registered");
  shown = Show(gateway);
  EXPECT_EQ(shown["status"], "green");
  EXPECT_TRUE(shown["pending"].is_null());
  EXPECT_EQ(installed.Get("/v1/self").Json()["id"].as_string(), gateway.id);
  EXPECT_EQ(installed.Send("POST", "/v1/check-in").status, 200);  // the body may be absent

  const HttpAnswer ended = Ledger().Management().Post(PathOf(gateway) + "/deregister", {});
  EXPECT_EQ(ended.status, 200);
  EXPECT_EQ(ended.Json()["status"], "gray");
  EXPECT_EQ(Ledger().Management().Send("DELETE", PathOf(gateway)).status, 204);
}

TEST(GatewayTest, ShowsItsKeyAgainWhileItIsActive) {
  const Added gateway = Ledger().Add();
  const HttpAnswer shown = Ledger().Management().Post(PathOf(gateway) + "/key/reveal", {});
  EXPECT_EQ(shown.Json()["key"].as_string(), gateway.key);
  EXPECT_EQ(shown.Json()["generation"], 1);
}

TEST(GatewayTest, NamesWhoIssuedItsKey) {
  const Added gateway = Ledger().Add();
  const auto issued_by = [&] {
    return Show(gateway).at("registration_key").at("issued_by").as_string();
  };
  EXPECT_EQ(issued_by(), "token:tok_00000001");
  const std::string person(16, 'p');
  Ledger().GenerateAs(person, gateway);
  EXPECT_EQ(issued_by(), "person:" + text::PersonId(person));
}

TEST(GatewayTest, IsFoundByFilters) {
  const std::string account = Ledger().NewAccount();
  const Added primary = Ledger().Add(account);
  HttpClient client = Ledger().Management();
  const std::string list = "/v1/accounts/" + account + "/gateways";
  EXPECT_EQ(client.Post(list, {{"name", "Kiosk EAST"}, {"primary", primary.id}}).status, 201);
  const auto found = [&](const std::string& query) {
    return client.Get(list + "?" + query).Json()["gateways"].as_array().size();
  };
  EXPECT_EQ(found("limit=10"), 2u);
  EXPECT_EQ(found("name=kiosk"), 1u);
  EXPECT_EQ(found("name=k%20e"), 1u);
  EXPECT_EQ(found("primary=" + primary.id), 1u);
  EXPECT_EQ(found("status=gray&registration=unregistered"), 2u);
  EXPECT_EQ(found("status=green"), 0u);
  const json::object page = client.Get(list + "?limit=1").Json();
  const std::string next(page.at("next").as_string());
  const json::object rest = client.Get(list + "?limit=1&after=" + next).Json();
  EXPECT_TRUE(rest.at("next").is_null());
  EXPECT_EQ(rest.at("gateways").as_array().size(), 1u);
}

TEST(GatewayTest, IsFoundByNameHoweverItIsTyped) {
  const std::string account = Ledger().NewAccount();
  HttpClient client = Ledger().Management();
  const std::string list = "/v1/accounts/" + account + "/gateways?name=";
  EXPECT_EQ(
      Ledger()
          .Management()
          .Post("/v1/accounts/" + account + "/gateways", {{"name", "B\xC3\xBCr\xC3\xB6 \xC3\x89"}})
          .status,
      201);
  const auto finds = [&](const std::string& part) {
    const HttpAnswer answer = client.Get(list + part);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return !answer.Json()["gateways"].as_array().empty();
  };
  EXPECT_TRUE(finds(""));
  EXPECT_TRUE(finds("r%C3%B6+%C3%A9"));           // ö é
  EXPECT_TRUE(finds("B%C3%9CR%C3%96"));           // BÜRÖ
  EXPECT_TRUE(finds("u%CC%88RO%CC%88+e%CC%81"));  // each as a letter and its accent
  EXPECT_TRUE(finds("buro%20e"));
  EXPECT_FALSE(finds("buru"));
  EXPECT_EQ(client.Get(list + "%FF").status, 422);
  EXPECT_EQ(client.Get(list + "%C3").status, 422);
}

TEST(InstallationTest, ReportsLinesAsTheyAre) {
  const Added gateway = Ledger().Add();
  const Identity identity = Ledger().Redeem(gateway);
  const HttpAnswer failed = Ledger().Gateways(identity).Post(
      "/v1/registration/failure", {{"reason", "setup"}, {"detail", "Error 5\r\n\tdenied"}});
  EXPECT_EQ(failed.status, 204) << failed.body;
  EXPECT_EQ(Show(gateway).at("last_failure").at("detail"), "Error 5\r\n\tdenied");
}

TEST(InstallationTest, FailsAndIsTriedAgain) {
  const Added gateway = Ledger().Add();
  const Identity identity = Ledger().Redeem(gateway);
  const HttpAnswer failed = Ledger().Gateways(identity).Post(
      "/v1/registration/failure", {{"reason", "no_disk"}, {"detail", "3 MB left"}});
  EXPECT_EQ(failed.status, 204);
  const json::object shown = Show(gateway);
  EXPECT_EQ(shown.at("last_failure").at("reason"), "no_disk");
  EXPECT_EQ(shown.at("last_failure").at("detail"), "3 MB left");
  Ledger().Install({gateway.id, Ledger().Generate(gateway)});
  EXPECT_EQ(Show(gateway).at("status"), "green");
}

TEST(InstallationTest, PreflightKnowsItsOwnRedemption) {
  const Added gateway = Ledger().Add();
  const Identity identity = Ledger().Redeem(gateway);
  const HttpAnswer answer = Ledger().Gateways().Post(
      "/v1/registrations/preflight", {{"key", gateway.key}, {"csr", identity.pair.csr_pem}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Json()["redeemed"], true);
}

std::set<std::string> TypesSeen() {
  std::set<std::string> seen;
  HttpClient client = Ledger().Management();
  std::string after;
  for (;;) {
    const json::object page = client.Get("/v1/events?limit=1000" + after).Json();
    for (const json::value& event : page.at("events").as_array()) {
      seen.insert(std::string(event.at("type").as_string()));
    }
    if (page.at("next").is_null()) break;
    after = "&after=" + std::string(page.at("next").as_string());
  }
  return seen;
}

json::value ReasonOf(const Added& gateway) {
  return Ledger().Management().Get(PathOf(gateway)).Json().at("status_reason");
}

// A life in which everything happens.
void LiveThroughEverything() {
  const Added gateway = Ledger().Add();
  Ledger().Management().Send("PATCH", PathOf(gateway),
                             R"({"name":"every type","labels":{"site":"Lyon"},"note":"Room 7"})");
  Ledger().Management().Post(PathOf(gateway) + "/key/reveal", {});
  Ledger().GenerateAs(std::string(16, 'q'), gateway);
  const std::string second = Ledger().Generate(gateway);
  Ledger()
      .Gateways(Ledger().Redeem({gateway.id, second}))
      .Post("/v1/registration/failure", {{"reason", "bad"}});
  const std::string third = Ledger().Generate(gateway);
  Ledger().Redeem({gateway.id, third});
  EXPECT_EQ(Ledger().TryRedeem(third, Identity()).status, 409);
  const std::string fourth = Ledger().Generate(gateway);
  const Identity renewed = Ledger().Renew(Ledger().Install({gateway.id, fourth}));
  for (const char* instance : {"a", "b", "a", "b"}) {
    Ledger().Gateways(renewed).Post("/v1/check-in", {{"instance", instance}});
  }
  for (int i = 0; i < 7; ++i) {  // connects and disconnects until that is flapping
    Ledger().Advance(std::chrono::minutes(3));
    Ledger().Tick();
    Ledger().Gateways(renewed).Post("/v1/check-in", {});
  }
  EXPECT_EQ(ReasonOf(gateway), "flapping");
  Ledger().Advance(std::chrono::hours(2));
  Ledger().Gateways(renewed).Post("/v1/check-in", {});
  EXPECT_EQ(ReasonOf(gateway), json::value());
  Ledger().Advance(std::chrono::minutes(3));  // beyond the grace of a connection
  Ledger().Tick();
  EXPECT_EQ(ReasonOf(gateway), "not_seen");
  Ledger().Generate(gateway, true);
  Ledger().Management().Send("DELETE", PathOf(gateway) + "/key");
  Ledger().Generate(gateway, true);
  Ledger().CreateToken("auditor", {}, std::chrono::seconds(60));
  Ledger().Advance(std::chrono::hours(8 * 24));
  Ledger().Management().Post(PathOf(gateway) + "/deregister", {{"reason", "done"}});
  Ledger().SendMessage(gateway);
  Ledger().Management().Send("DELETE", PathOf(gateway));
  const std::string token = "/v1/tokens/" + Ledger().CreateToken("operator").id;
  Ledger().Management().Post(token + "/rotate", {});
  Ledger().Management().Send("DELETE", token);
  const std::string webhook = "/v1/webhooks/" + Ledger().AddWebhook();
  Ledger().Management().Send("PATCH", webhook, R"({"types":["KeyRevoked"]})");
  Ledger().Management().Send("POST", webhook + "/rotate");
  Ledger().Management().Send("DELETE", webhook);
  Ledger().RotateCa();
  Ledger().AdoptCheckpoint();
}

// Every type of fact occurs, but for those of a restore (restored_test.cc), and each is described.
TEST(HistoryTest, ShowsEveryType) {
  LiveThroughEverything();
  const std::set<std::string> all = {"LedgerCreated",
                                     "AccountOpened",
                                     "GatewayAdded",
                                     "GatewayRenamed",
                                     "GatewayRemoved",
                                     "KeyIssued",
                                     "KeyRegenerated",
                                     "KeyRevealed",
                                     "KeyRevoked",
                                     "KeyExpired",
                                     "KeyRedeemed",
                                     "RedemptionRefused",
                                     "RegistrationConfirmed",
                                     "InstallationFailed",
                                     "RegistrationAbandoned",
                                     "GatewayDeregistered",
                                     "GatewayConnected",
                                     "GatewayDisconnected",
                                     "OperatorTokenCreated",
                                     "OperatorTokenRevoked",
                                     "OperatorTokenRotated",
                                     "PersonSignedIn",
                                     "CaRotated",
                                     "OperatorTokenExpired",
                                     "CheckpointAdopted",
                                     "GatewayLabelled",
                                     "GatewayNoted",
                                     "RenewalIssued",
                                     "CertificateRenewed",
                                     "CertificateSharedSuspected",
                                     "GatewayFlapping",
                                     "MessageSent",
                                     "MessageEnded",
                                     "WebhookAdded",
                                     "WebhookChanged",
                                     "WebhookSecretRotated",
                                     "WebhookRemoved",
                                     "TrustDomainNamed"};
  EXPECT_EQ(TypesSeen(), all);
}

TEST(HistoryTest, TakesEveryFilter) {
  const Added gateway = Ledger().Add();
  HttpClient client = Ledger().Management();
  const auto count = [&](const std::string& query) {
    return client.Get("/v1/events?gateway=" + gateway.id + query)
        .Json()["events"]
        .as_array()
        .size();
  };
  EXPECT_EQ(count(""), 2u);
  EXPECT_EQ(count("&type=KeyIssued"), 1u);
  EXPECT_EQ(count("&type=KeyIssued&type=GatewayAdded"), 2u);
  EXPECT_EQ(count("&account=" + Ledger().account()), 2u);
  EXPECT_EQ(count("&actor=system"), 0u);
  EXPECT_EQ(count("&since=2020-01-01T00:00:00Z"), 2u);
  EXPECT_EQ(count("&until=2020-01-01T00:00:00%2B01:00"), 0u);
  const json::object newest =
      client.Get("/v1/events?order=desc&limit=1&gateway=" + gateway.id).Json();
  EXPECT_EQ(newest.at("events").at(0).at("type"), "KeyIssued");
}

TEST(HistoryTest, StreamsFromWhereItIsAsked) {
  const std::string position = Ledger().position();
  const Added gateway = Ledger().Add();
  for (const bool by_header : {true, false}) {
    HttpClient client = Ledger().Management();
    const std::string target = by_header ? "/v1/events/stream?type=KeyIssued"
                                         : "/v1/events/stream?type=KeyIssued&after=" + position;
    client.SendRaw("GET " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                   client.options().token + "\r\n" +
                   (by_header ? "Last-Event-ID: " + position + "\r\n\r\n" : "\r\n"));
    EXPECT_EQ(client.ReceiveHead("GET", target).status, 200);
    std::string bytes;
    while (bytes.find("\n\n") == std::string::npos) {
      const std::string more = client.ReceiveSome();
      ASSERT_FALSE(more.empty()) << bytes;
      bytes += more;
    }
    EXPECT_NE(bytes.find("event: KeyIssued"), std::string::npos) << bytes;
    EXPECT_NE(bytes.find("id: " + Ledger().epoch() + "-"), std::string::npos) << bytes;
    EXPECT_NE(bytes.find(gateway.id), std::string::npos) << bytes;
  }
}

TEST(HistoryTest, GivesTheBytesOfAnEntry) {
  HttpClient client = Ledger().Management();
  const HttpAnswer entry = client.Get("/v1/events/0/entry");
  EXPECT_EQ(entry.status, 200);
  EXPECT_GT(entry.body.size(), 100u);
  EXPECT_EQ(client.Get("/v1/events/0").Json()["type"], "LedgerCreated");
}

TEST(ServiceTest, SaysWhatItServes) {
  const HttpAnswer contract = Ledger().Gateways().Get("/openapi.yaml");
  EXPECT_EQ(contract.body, Ledger().Management().Get("/openapi.yaml").body);
  EXPECT_TRUE(contract.body.starts_with("openapi: 3.1"));
  EXPECT_NE(Ledger().Management().Get("/metrics").body.find("# TYPE "), std::string::npos);
  EXPECT_TRUE(Ledger().Gateways().Get("/ca.pem").body.starts_with("-----BEGIN CERTIFICATE-----"));
}

}  // namespace
}  // namespace latchkey::testing
