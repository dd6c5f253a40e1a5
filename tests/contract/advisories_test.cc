// Classes of security advisories that hit registration servers, secret stores and control planes in
// 2025 and 2026, each as a test of who may do what. advisories_input_test.cc has those about what
// is sent; docs/threat_model.md lists all classes, also those that other tests show.
#include <gtest/gtest.h>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/serialize.hpp>

#include "api/http/limits.h"
#include "core/domain/key_codec.h"
#include "tests/contract/access_table.h"
#include "tests/contract/browser.h"
#include "tests/contract/management_requests.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
namespace limits = api::limits;

// An answer without what differs from request to request.
std::string Told(const HttpAnswer& answer) {
  std::string told = std::to_string(answer.status) + "\n";
  for (const auto& [name, value] : answer.headers) {
    if (name != "X-Request-Id") told.append(name).append(": ").append(value).append("\n");
  }
  if (answer.body.empty()) return told;
  json::object body = answer.Json();
  body.erase("request_id");
  return told + json::serialize(body);
}

std::size_t CountRedemptions(const ContractLedger& ledger) {
  const json::object page =
      ledger.Management().Get("/v1/events?type=KeyRedeemed&limit=1000").Json();
  return page.at("events").as_array().size();
}

// The key of this gateway with another secret and a correct checksum.
std::string Guess(const Added& gateway) {
  domain::RegistrationKey key = *domain::ParseKey(gateway.key);
  key.secret = crypto::Secret(std::string(domain::kSecretBytes, '?'));
  return std::string(domain::FormatKey(key).view());
}

// ---- an identity without authentication

// Every path of a listener with every method, whether it has it or not.
std::vector<Operation> Everywhere(Listener listener) {
  std::set<Operation> all;
  for (const Operation& operation : OpenApi::Instance().Operations()) {
    if (operation.listener != listener) continue;
    for (const char* method : {"GET", "PUT", "POST", "PATCH", "DELETE"}) {
      all.insert({listener, method, operation.path});
    }
  }
  return {all.begin(), all.end()};
}

// Whether an answer hands out a certificate other than the one that everybody may have.
void ExpectNoCertificate(const Operation& operation, const HttpAnswer& answer) {
  if (operation.path == "/ca.pem" || operation.path == "/openapi.yaml") return;
  EXPECT_EQ(answer.body.find("BEGIN CERTIFICATE-----"), std::string::npos) << answer.body;
}

// What a gateway may do with its certificate for itself: get the next, and end.
bool IsAboutItself(const Operation& operation) {
  return operation.method == "POST" &&
         (operation.path == "/v1/certificate" || operation.path == "/v1/self/deregister");
}

// Elsewhere a second kind of message, or a route made for something else, issued an identity to
// whoever asked. Here only the redemption of a key does, and nothing takes the place of the key.
TEST(Advisory, NothingButTheRedemptionOfAKeyGivesACertificate) {
  ContractLedger ledger;
  const Added active = ledger.Add();
  const Added spent = ledger.Add();
  const Identity installed = ledger.Install(spent);
  const std::string csr = Identity().pair.csr_pem;
  const std::string before = ledger.position();
  HttpClient nobody = ledger.Management();
  nobody.options().token.clear();
  HttpClient key_as_token = ledger.Management({"", active.key});
  HttpClient stranger = ledger.Gateways();
  HttpClient gateway = ledger.Gateways(installed);
  HttpClient owner = ledger.Management();
  const json::object bodies[] = {{{"csr", csr}},
                                 {{"csr", csr}, {"key", Guess(active)}},
                                 {{"csr", csr}, {"key", active.id}, {"gateway", active.id}}};
  const auto ask = [&](HttpClient& client, const Operation& operation) {
    std::string path = boost::replace_first_copy(operation.path, "{gateway}", active.id);
    path = boost::replace_first_copy(boost::replace_first_copy(path, "{account}", ledger.account()),
                                     "{token}", "tok_00000001");
    path = boost::replace_first_copy(path, "{sequence}", "0");
    SCOPED_TRACE(operation.method + " " + path);
    if (path == "/v1/events/stream" && !client.options().token.empty()) return;  // does not end
    for (const json::object& body : bodies) {
      ExpectNoCertificate(operation, client.Send(operation.method, path, json::serialize(body)));
    }
  };
  for (const Operation& operation : Everywhere(Listener::kManagement)) {
    for (HttpClient* client : {&nobody, &key_as_token}) ask(*client, operation);
  }
  for (const Operation& operation : Everywhere(Listener::kGateways)) {
    ask(stranger, operation);
    if (!IsAboutItself(operation)) ask(gateway, operation);
  }
  EXPECT_EQ(ledger.position(), before) << "something happened";
  for (const Operation& operation : Everywhere(Listener::kManagement)) ask(owner, operation);
  EXPECT_EQ(CountRedemptions(ledger), 1u) << "that of the installed gateway";
  EXPECT_EQ(ledger.TryRedeem(active.key, Identity()).status, 201) << "the key itself still does";
  EXPECT_EQ(CountRedemptions(ledger), 2u);
}

// ---- the console beside the API

// Elsewhere the console reached what the API refused. Here a session is answered on every request
// as its token would be, whatever the role.
TEST(Advisory, ASessionMayDoWhatItsTokenMayAndNoMore) {
  for (const std::string_view role : kRoles) {
    const NewToken token = Ledger().CreateToken(role);
    for (const ManagementRequest& request : ManagementRequests()) {
      SCOPED_TRACE(std::string(role) + ", " + request.Name());
      Browser browser(token);
      HttpClient bearer = Ledger().Management(token);
      const HttpAnswer by_token = Ask(bearer, request, MakeSubject(Ledger(), request));
      const HttpAnswer by_session =
          Ask(browser.client(), request, MakeSubject(Ledger(), request), browser.Sent(true));
      EXPECT_EQ(by_session.status, by_token.status) << by_session.body;
      EXPECT_EQ(by_session.Code(), by_token.Code());
    }
  }
}

TEST(Advisory, ASessionAndItsTokenShareTheirStreams) {
  const NewToken token = Ledger().CreateToken("auditor");
  Browser browser(token);
  const auto open = [&](bool by_session) {
    HttpClient client = Ledger().Management();
    const std::string credential =
        by_session ? "Cookie: " + browser.cookie : "Authorization: Bearer " + token.secret;
    client.SendRaw("GET /v1/events/stream HTTP/1.1\r\nHost: a\r\n" + credential + "\r\n\r\n");
    return client;
  };
  std::vector<HttpClient> streams;
  for (std::size_t i = 0; i < limits::kStreamsOfOperator; ++i) {
    streams.push_back(open(i % 2 == 0));
    ASSERT_EQ(streams.back().ReceiveHead("GET", "/v1/events/stream").status, 200) << i;
  }
  for (const bool by_session : {true, false}) {
    HttpClient client = open(by_session);
    const HttpAnswer answer = client.ReceiveAnswer("GET", "/v1/events/stream");
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_EQ(answer.Code(), "rate_limited");
  }
}

TEST(Advisory, GuessedCookiesAreHeldUpAndASessionIsNot) {
  ContractLedger ledger({{}, true});  // loopback is limited
  Browser known(ledger.CreateToken("auditor"), ledger);
  Browser guesser(ledger);
  for (std::uint32_t i = 0; i < limits::kRefusalsOfAddress.at_once; ++i) {
    guesser.cookie = "__Host-latchkey-session=" + std::to_string(i);
    ASSERT_EQ(guesser.Get("/v1/ledger").status, 401) << i;
  }
  EXPECT_EQ(guesser.Get("/v1/ledger").Code(), "rate_limited");
  EXPECT_EQ(known.Get("/v1/ledger").status, 200);
}

// ---- ids of others

// The id that takes the place of a subject's, and is nobody's.
struct Missing {
  std::string account = "nobody";
  std::string gateway = "gw_zzzzzzzz";
  std::string token = "tok_zzzzzzzz";
};

Subject WithMissingIds(Subject subject, const ManagementRequest& request) {
  const Missing missing;
  if (request.route->pattern.find("{sequence}") != std::string_view::npos) {
    const std::size_t from = std::string_view("/v1/events/").size();
    subject.path.replace(from, subject.path.find('/', from) - from, "99999999");
  }
  subject.path = boost::replace_first_copy(subject.path, subject.account, missing.account);
  subject.path = boost::replace_first_copy(subject.path, subject.gateway.id, missing.gateway);
  subject.path = boost::replace_first_copy(subject.path, subject.token.id, missing.token);
  if (subject.body.contains("accounts")) {
    subject.body["accounts"] = json::array{json::string(missing.account)};
  }
  return subject;
}

// Elsewhere an id was authorised as it was sent, and the object behind it was somebody else's. Here
// an object of another account is answered as one that does not exist, to the byte, under every
// condition that a request can carry; also to a repeat of what its own operator did.
TEST(Advisory, AnIdOfAnotherAccountIsAnsweredAsOneThatDoesNotExist) {
  const NewToken other = Ledger().CreateToken("owner", {Ledger().NewAccount()});
  HttpClient client = Ledger().Management(other);
  HttpClient owner = Ledger().Management();
  const auto compare = [&](const ManagementRequest& request, const Subject& subject,
                           const Headers& headers) {
    const HttpAnswer foreign = Ask(client, request, subject, headers);
    EXPECT_EQ(foreign.status, 404) << foreign.body;
    const Subject missing = WithMissingIds(subject, request);
    EXPECT_EQ(Told(foreign), Told(Ask(client, request, missing, headers)));
  };
  for (const ManagementRequest& request : ManagementRequests()) {
    SCOPED_TRACE(request.Name());
    Subject subject = MakeSubject(Ledger(), request);
    if (!NamesSomething(request, subject)) continue;
    const Headers once = {{"Idempotency-Key", Ledger().NewName()}};
    const std::string before = Ledger().position();
    for (const Headers& headers :
         {Headers{}, Headers{{"If-Match", "*"}}, Headers{{"If-Match", "\"1\""}}, once}) {
      compare(request, subject, headers);
    }
    Subject wrong = subject;
    wrong.body["wrong"] = 1;
    compare(request, wrong, {});
    wrong = subject;
    wrong.path += "?wrong=1";
    compare(request, wrong, {});
    EXPECT_EQ(Ledger().position(), before) << "something happened";
    EXPECT_EQ(Ask(owner, request, subject, once).status / 100, 2);
    compare(request, subject, once);
  }
}

TEST(Advisory, AnIdOfAnotherAccountIsNothingInAFilterOrABody) {
  const std::string account = Ledger().NewAccount();
  const std::string elsewhere = Ledger().NewAccount();
  const Added foreign = Ledger().Add(elsewhere);
  const NewToken foreign_token = Ledger().CreateToken("auditor", {elsewhere});
  const NewToken token = Ledger().CreateToken("owner", {account});
  HttpClient client = Ledger().Management(token);
  const Missing missing;
  const std::string list = "/v1/accounts/" + account + "/gateways";
  const std::pair<std::string, std::string> filters[] = {
      {list + "?primary=" + foreign.id, list + "?primary=" + missing.gateway},
      {"?account=" + elsewhere, "?account=" + missing.account},
      {"?gateway=" + foreign.id, "?gateway=" + missing.gateway},
      {"?actor=token:" + foreign_token.id, "?actor=token:" + missing.token}};
  for (const auto& [of_others, of_nobody] : filters) {
    for (const std::string path : {"/v1/events", "/v1/events/stream"}) {
      const std::string base = of_others.starts_with('?') ? path : "";
      SCOPED_TRACE(base + of_others);
      const HttpAnswer answer = client.Get(base + of_others);
      EXPECT_EQ(answer.status, 404) << answer.body;
      EXPECT_EQ(Told(answer), Told(client.Get(base + of_nobody)));
    }
  }
  const auto add = [&](const std::string& primary) {
    return client.Post(list, {{"name", "Kiosk"}, {"primary", primary}});
  };
  EXPECT_EQ(add(foreign.id).status, 404);
  EXPECT_EQ(Told(add(foreign.id)), Told(add(missing.gateway)));
  const auto create = [&](const std::string& other) {
    return client.Post("/v1/tokens",
                       {{"name", "a"}, {"role", "auditor"}, {"accounts", {account, other}}});
  };
  EXPECT_EQ(create(elsewhere).status, 404);
  EXPECT_EQ(Told(create(elsewhere)), Told(create(missing.account)));
  // A page after an id of others continues with one's own.
  EXPECT_TRUE(client.Get(list + "?after=" + foreign.id).Json().at("gateways").as_array().empty());
}

// ---- tokens of others

// Elsewhere the owner of one tenant rotated or revoked a token of another by its id. Here the token
// of an account one does not have, and one that covers more than one's own, are as unknown as a
// token that was never created.
TEST(Advisory, AnOwnerOfOneAccountDoesNothingToTokensBeyondIt) {
  const std::string a = Ledger().NewAccount();
  const std::string b = Ledger().NewAccount();
  HttpClient owner = Ledger().Management();
  HttpClient owner_of_a = Ledger().Management(Ledger().CreateToken("owner", {a}));
  const NewToken beyond[] = {Ledger().CreateToken("auditor", {b}),
                             Ledger().CreateToken("auditor", {a, b}),
                             Ledger().CreateToken("auditor")};
  const auto ask = [](HttpClient& client, const std::string& method, const std::string& path,
                      const Headers& headers) {
    const bool writes = method != "GET";
    return client.Send(method, path, writes ? std::optional("{}") : std::nullopt, headers);
  };
  const std::pair<std::string, std::string> requests[] = {
      {"GET", ""}, {"POST", "/rotate"}, {"DELETE", ""}};
  for (const NewToken& token : beyond) {
    std::string secret = token.secret;
    for (const auto& [method, suffix] : requests) {
      SCOPED_TRACE(method + suffix);
      const Headers once = {{"Idempotency-Key", Ledger().NewName()}};
      const std::string path = "/v1/tokens/" + token.id + suffix;
      const std::string nobodys = "/v1/tokens/tok_zzzzzzzz" + suffix;
      const std::string before = Ledger().position();
      for (const Headers& headers : {Headers{}, once}) {
        const HttpAnswer answer = ask(owner_of_a, method, path, headers);
        EXPECT_EQ(answer.status, 404) << answer.body;
        EXPECT_EQ(Told(answer), Told(ask(owner_of_a, method, nobodys, headers)));
      }
      EXPECT_EQ(Ledger().position(), before) << "something happened";
      EXPECT_EQ(Ledger().Management({"", secret}).Get("/v1/tokens/self").status, 200);
      // Nor does it repeat what an owner of all accounts did.
      const HttpAnswer done = ask(owner, method, path, once);
      EXPECT_EQ(done.status / 100, 2) << done.body;
      if (suffix == "/rotate") secret = done.Json().at("token").as_string();
      EXPECT_EQ(ask(owner_of_a, method, path, once).status, 404);
    }
  }
  const NewToken own = Ledger().CreateToken("auditor", {a});
  EXPECT_EQ(ask(owner_of_a, "POST", "/v1/tokens/" + own.id + "/rotate", {}).status, 200);
}

// ---- acts of others

// Elsewhere a stranger aborted or used up what an administrator had begun: an enrolment, a sign-in,
// a session. Here wrong keys, certificates and cookies end nothing, however often they come.
TEST(Advisory, StrangersEndNothingThatOthersHaveBegun) {
  ContractLedger elsewhere;
  const Added pending = Ledger().Add();
  const Added active = Ledger().Add();
  const Identity installer = Ledger().Redeem(pending);
  const NewToken token = Ledger().CreateToken("owner");
  Browser admin(token);
  const Identity neighbour = Ledger().Install(Ledger().Add());
  const Identity foreign = elsewhere.Redeem(elsewhere.Add());  // of the same number, perhaps
  const std::string before = Ledger().position();

  HttpClient clients[] = {Ledger().Gateways(), Ledger().Gateways(neighbour),
                          Ledger().Gateways(foreign)};
  for (HttpClient& client : clients) {
    for (const Added* gateway : {&pending, &active}) {
      const json::object about{{"gateway", gateway->id}, {"id", gateway->id}, {"reason", "x"}};
      for (int i = 0; i < 10; ++i) {
        for (const char* path : {"/v1/registrations", "/v1/registrations/preflight"}) {
          const HttpAnswer refused =
              client.Post(path, Ledger().Redemption(Guess(*gateway), foreign));
          EXPECT_EQ(refused.Code(), "key_unknown") << refused.body;
        }
      }
      (void)client.Post("/v1/check-in", about);
      EXPECT_GE(client.Post("/v1/registration/failure", about).status, 400);
    }
  }
  EXPECT_EQ(clients[1].Get("/v1/self").status, 200) << "nor has the neighbour ended itself";

  HttpClient nobody = Ledger().Management();
  nobody.options().token.clear();
  for (const std::string suffix : {"/key", "/key/reveal", "/deregister", ""}) {
    const std::string path = "/v1/gateways/" + pending.id + suffix;
    for (const char* method : {"POST", "DELETE", "PATCH"}) {
      EXPECT_EQ(nobody.Send(method, path, "{}").status, 401) << method << path;
    }
  }
  for (const std::string cookie : {"", "__Host-latchkey-session=guessed"}) {
    for (const std::string everywhere : {"", "?everywhere=true"}) {
      Browser stranger;
      stranger.cookie = cookie;
      stranger.csrf_token = admin.csrf_token;
      (void)stranger.Send("DELETE", "/v1/session" + everywhere);
    }
  }
  EXPECT_EQ(Ledger().position(), before) << "something happened";
  Browser other(Ledger().CreateToken("owner"));
  EXPECT_EQ(other.Send("DELETE", "/v1/session?everywhere=true").status, 204);

  EXPECT_FALSE(admin.Session().is_null());
  const json::object shown = Ledger().Management().Get("/v1/gateways/" + pending.id).Json();
  EXPECT_EQ(shown.at("registration"), "registering");
  EXPECT_EQ(Ledger().Gateways(installer).Post("/v1/check-in", {}).status, 200);
  EXPECT_EQ(Ledger().TryRedeem(active.key, Identity()).status, 201);
}

}  // namespace
}  // namespace latchkey::testing
