// Classes of security advisories, continued from advisories_test.cc: addresses that anyone can
// claim, paths that mean something else, limits that hold for bytes and not for characters.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include "api/http/limits.h"
#include "core/base/limits.h"
#include "tests/contract/access_table.h"
#include "tests/contract/browser.h"
#include "tests/contract/management_requests.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
namespace limits = api::limits;

std::string EachReplaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// ---- addresses that anyone can claim

const char* const kAddressFields[] = {"X-Forwarded-For",
                                      "Forwarded",
                                      "X-Real-IP",
                                      "CF-Connecting-IP",
                                      "True-Client-IP",
                                      "X-Client-IP",
                                      "X-Cluster-Client-IP",
                                      "Fastly-Client-IP",
                                      "X-Forwarded",
                                      "X-Original-For",
                                      "X-Originating-IP",
                                      "X-Remote-IP",
                                      "X-ProxyUser-Ip",
                                      "Client-IP",
                                      "X-Azure-ClientIP",
                                      "X-Envoy-External-Address",
                                      "X-Forwarded-AddressOf",
                                      "Via"};

// All fields that proxies write, each with this address.
Headers Claiming(const std::string& address) {
  Headers headers;
  for (const std::string name : kAddressFields) {
    headers.emplace_back(name, name == "Forwarded" ? "for=" + address : address);
  }
  return headers;
}

// Elsewhere a limit was kept by an address out of a header that its sender chose: a new one for
// each try, or that of a victim. Here, without a trusted proxy, no header changes the bucket or the
// address on record.
TEST(Advisory, NoHeaderChoosesAnAddress) {
  ContractLedger ledger({{}, true});  // loopback is limited
  for (const std::string field : kAddressFields) {
    for (const std::string claim : {"203.0.113.7", "for=203.0.113.7", "no address"}) {
      EXPECT_EQ(RedeemedFrom(ledger, {{field, claim}}), "127.0.0.1") << field << ": " << claim;
    }
  }
  HttpClient stranger = ledger.Gateways();
  const json::object guess{{"key", ContractLedger().Add().key}};
  for (std::uint32_t i = 0; i < limits::kKeysOfAddress.at_once; ++i) {
    const Headers claims = Claiming(AddressOf(static_cast<int>(i)));
    ASSERT_EQ(stranger.Post(kPreflight, guess, claims).status, 404) << i;
  }
  ExpectLimited(stranger.Post(kPreflight, guess, Claiming("203.0.113.7")));
  HttpClient guesser = ledger.Management({"", "lkop_guessed"});
  for (std::uint32_t i = 0; i < limits::kSignInsOfAddress.at_once; ++i) {
    const Headers claims = Claiming(AddressOf(static_cast<int>(i)));
    ASSERT_EQ(guesser.Get("/v1/ledger", claims).status, 401) << i;
  }
  ExpectLimited(guesser.Get("/v1/ledger", Claiming("203.0.113.7")));
  const json::object events =
      ledger.Management().Get("/v1/events?type=KeyRedeemed&order=desc&limit=1000").Json();
  EXPECT_EQ(json::serialize(events).find("203.0.113.7"), std::string::npos);
}

// Behind a trusted proxy only the last hop counts that is not a trusted proxy's; what the client
// itself put before it, or into any other field, does not.
TEST(Advisory, OfAProxysHopsOnlyTheLastOneThatIsNotTrustedCounts) {
  const auto trusted = [](const char* text) { return *Network::Parse(text); };
  ContractLedger ledger({{trusted("127.0.0.1"), trusted("192.0.2.0/24")}, false});
  // What a client claims in all fields, as a proxy passes it on with its own address behind it.
  const auto from = [](const std::string& claim, const std::string& client) {
    Headers headers = Claiming(claim);
    headers.front().second += ", " + client;
    return headers;
  };
  EXPECT_EQ(RedeemedFrom(ledger, from("203.0.113.1", "203.0.113.7")), "203.0.113.7");
  EXPECT_EQ(RedeemedFrom(ledger, from("127.0.0.1", "203.0.113.7")), "203.0.113.7");
  EXPECT_EQ(RedeemedFrom(ledger, from("203.0.113.1, 192.0.2.1", "203.0.113.7")), "203.0.113.7");
  EXPECT_EQ(RedeemedFrom(ledger, from("203.0.113.1", "203.0.113.7, 192.0.2.1")), "203.0.113.7");
  HttpClient proxy = ledger.Gateways();
  const json::object guess{{"key", ContractLedger().Add().key}};
  for (std::uint32_t i = 0; i < limits::kKeysOfAddress.at_once; ++i) {
    const Headers hops = from(AddressOf(static_cast<int>(i)), "203.0.113.66");
    ASSERT_EQ(proxy.Post(kPreflight, guess, hops).status, 404) << i;
  }
  ExpectLimited(proxy.Post(kPreflight, guess, from("203.0.113.7", "203.0.113.66")));
  EXPECT_EQ(proxy.Post(kPreflight, guess, from("203.0.113.66", "203.0.113.7")).status, 404);
}

// ---- paths that mean something else

// Each could mean another route to something that decodes it twice, or resolves its dots.
const char* const kOtherPaths[] = {"/v1/accounts/../ledger",
                                   "/v1/./ledger",
                                   "/v1/%2e/ledger",
                                   "/v1/%2e%2e/v1/ledger",
                                   "/v1/accounts/%2E%2E/ledger",
                                   "//v1/ledger",
                                   "/v1//ledger",
                                   "/v1/ledger/",
                                   "/v1/ledger/.",
                                   "/v1/ledger;a=b",
                                   "/v1/ledger/..;/ledger",
                                   "/v1/ledger%00",
                                   "/v1/ledger%20",
                                   "/v1/ledger%0A",
                                   "/v1/ledger%2F",
                                   "/v1%2Fledger",
                                   "/v1\\ledger",
                                   "/v1%5Cledger",
                                   "/V1/ledger",
                                   "/v1/ledger%3Flimit=1",
                                   "/v1/%256cedger",
                                   "/healthz/../v1/ledger",
                                   "/openapi.yaml/..;/v1/ledger",
                                   "/assets/../v1/ledger",
                                   "/v1/session/..%2Fledger",
                                   "/v1/events/stream/../0",
                                   "/v1/tokens/self/../tok_00000001"};

// Elsewhere a path was checked as it was sent and served as something else. Here a path is decoded
// once, segment by segment, and its dots mean nothing: the same answer for every role.
TEST(Advisory, APathIsNeverThatOfAnotherRoute) {
  HttpClient nobody = Ledger().Management();
  nobody.options().token.clear();
  std::vector<NewToken> tokens;
  for (const std::string_view role : kRoles) tokens.push_back(Ledger().CreateToken(role));
  for (const std::string path : kOtherPaths) {
    SCOPED_TRACE(path);
    EXPECT_EQ(nobody.Get(path).status, 401);
    EXPECT_EQ(Ledger().Gateways().Get(path).status, 404);
    std::set<std::string> details;
    for (const NewToken& token : tokens) {
      const HttpAnswer answer = Ledger().Management(token).Get(path);
      EXPECT_EQ(answer.status, 404) << answer.body;
      details.insert(std::string(answer.Json().at("detail").as_string()));
    }
    EXPECT_EQ(details.size(), 1u) << "the same for every role";
  }
  HttpClient owner = Ledger().Management();
  owner.options().check = false;  // the contract has its paths as they are decoded
  const HttpAnswer plain = owner.Get("/v1/ledger");
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(owner.Get("/v1/%6cedger").body, plain.body) << "decoded once";
}

// What may stand in a path in place of an id and means that id to something less strict.
const char* const kOtherIds[] = {"../ID",       "./ID",
                                 "ID/.",        "ID/..",
                                 "%2e%2e%2FID", "ID%2F",
                                 "ID%2F..",     "ID%2f%2e%2e%2fID",
                                 "ID;ID",       "ID%3B",
                                 "ID\\",        "%5CID",
                                 "ID%00",       "%00ID",
                                 "ID%20",       "%20ID",
                                 "ID%0D%0A",    "ID.",
                                 "ID%2e",       "ID%252e",
                                 "ID,ID",       "ID*",
                                 "*",           ".",
                                 "..",          "%2E",
                                 "%2e%2E",      "+ID",
                                 "ID%26ID",     "..%2f..%2fsecrets%2fowner-token",
                                 "ID%C0%AF",    "ID\xC2\xAD"};

TEST(Advisory, AnIdIsNeverThatOfAnotherObject) {
  HttpClient owner = Ledger().Management();
  for (const ManagementRequest& request : ManagementRequests()) {
    const std::string pattern(request.route->pattern);
    const std::size_t from = pattern.find('{');
    if (from == std::string::npos) continue;
    const Subject subject = MakeSubject(Ledger(), request);
    const std::string behind = pattern.substr(pattern.find('}') + 1);
    const std::string id = subject.path.substr(from, subject.path.size() - from - behind.size());
    const std::string before = Ledger().position();
    for (const std::string other : kOtherIds) {
      Subject changed = subject;
      changed.path.replace(from, id.size(), EachReplaced(other, "ID", id));
      SCOPED_TRACE(request.Name() + " " + changed.path);
      const HttpAnswer answer = Ask(owner, request, changed);
      const bool opens = request.route->method == api::Method::kPut;
      const bool broken = other.ends_with('\xAD');  // not ASCII
      EXPECT_EQ(answer.status, broken ? 400 : opens && answer.status == 422 ? 422 : 404);
    }
    EXPECT_EQ(Ledger().position(), before) << "something happened";
    Subject encoded = subject;
    char first[8];
    std::snprintf(first, sizeof first, "%%%02X", static_cast<unsigned char>(id.front()));
    encoded.path.replace(from, 1, first);
    EXPECT_EQ(Ask(owner, request, encoded).status / 100, 2) << "decoded once: " << encoded.path;
  }
}

// Elsewhere a header that only a proxy or the server itself was to set chose the route, the method
// or the caller. Here no header but the documented ones means anything.
TEST(Advisory, NoHeaderChoosesARouteAMethodOrACaller) {
  const Added gateway = Ledger().Add();
  const Identity installed = Ledger().Install(gateway);
  std::string pem = installed.certificate_pem;
  std::replace(pem.begin(), pem.end(), '\n', ' ');
  const std::string token = Ledger().Management().options().token;
  const std::string path = "/v1/gateways/" + gateway.id;
  Headers headers = {{"X-Original-URL", "/healthz"},
                     {"X-Rewrite-URL", "/healthz"},
                     {"X-Forwarded-Path", "/healthz"},
                     {"X-HTTP-Method-Override", "DELETE"},
                     {"X-HTTP-Method", "DELETE"},
                     {"X-Method-Override", "DELETE"},
                     {"X-Auth-Token", token},
                     {"X-Vault-Token", token},
                     {"Proxy-Authorization", "Bearer " + token},
                     {"X-Authorization", token},
                     {"X-Middleware-Subrequest", "middleware"},
                     {"X-Internal", "true"}};
  for (const char* name : {"X-Remote-User", "X-Forwarded-User", "Remote-User", "X-Role"}) {
    headers.emplace_back(name, "owner");
  }
  for (const char* name : {"X-SSL-Client-Cert", "X-Client-Cert", "Client-Cert", "SSL-Client-Cert",
                           "X-Forwarded-Client-Cert", "X-ARR-ClientCert"}) {
    headers.emplace_back(name, pem);
  }
  HttpClient nobody = Ledger().Management();
  nobody.options().token.clear();
  EXPECT_EQ(nobody.Get(path, headers).status, 401);
  EXPECT_EQ(nobody.Send("POST", path + "/deregister", "{}", headers).status, 401);
  EXPECT_EQ(nobody.Get("/healthz", headers).status, 200);
  EXPECT_EQ(Ledger().Gateways().Get("/v1/self", headers).status, 401);
  EXPECT_EQ(Ledger().Gateways().Post("/v1/check-in", {}, headers).status, 401);
  EXPECT_EQ(Ledger().Management().Get(path, headers).Json().at("id").as_string(), gateway.id);
  const NewToken auditor = Ledger().CreateToken("auditor");
  EXPECT_EQ(Ledger().Management(auditor).Post(path + "/deregister", {}, headers).status, 403);
  EXPECT_EQ(Ledger().Gateways(installed).Get("/v1/self").status, 200);
}

// Outside /v1/ there are the console's own files, which are in the program, and nothing of the
// disk.
TEST(Advisory, APathIsNeverThatOfAFile) {
  HttpClient clients[] = {Ledger().Management(), Ledger().Gateways()};
  for (HttpClient& client : clients) {
    client.options().check = false;  // the contract does not describe the console
    const HttpAnswer page = client.Get("/", {{"Accept", "text/html"}});
    for (const std::string dots : {"..", "%2e%2e", "..%2f..", "%2E%2E%5C..", "....//", "."}) {
      for (const std::string file :
           {"/secrets/owner-token", "%2fsecrets%2fowner-token", "/etc/passwd", "%2Fetc%2Fpasswd",
            "/index.html%00", "\\..\\etc\\passwd"}) {
        for (const std::string root : {"/", "/assets/", "/openapi.yaml/", "//"}) {
          const std::string target = root + dots + file;
          for (const Headers& headers : {Headers{}, Headers{{"Accept", "text/html"}}}) {
            const HttpAnswer answer = client.Get(target, headers);
            EXPECT_TRUE(answer.status == 404 || answer.body == page.body)
                << target << " " << answer.status << answer.body;
          }
        }
      }
    }
  }
}

// ---- limits at n and n + 1

json::value& At(json::value& body, std::string_view pointer) {
  const std::size_t end = pointer.find('/', 1);
  json::value& member = body.as_object()[pointer.substr(1, end - 1)];
  return end == std::string_view::npos ? member : At(member, pointer.substr(end));
}

// A request of the gateway listener that succeeds.
HttpAnswer SendToGateways(const Operation& operation,
                          const std::function<void(json::value*)>& set) {
  if (operation.path == "/v1/registrations") {
    json::value body = Ledger().Redemption(Ledger().Add().key, Identity());
    set(&body);
    return Ledger().Gateways().Post(operation.path, body.as_object());
  }
  json::value body = json::object();
  if (operation.path == "/v1/registration/failure") body = {{"reason", "test"}};
  set(&body);
  const Added added = Ledger().Add();
  const bool confirmed = operation.path == "/v1/self/deregister";
  const Identity gateway = confirmed ? Ledger().Install(added) : Ledger().Redeem(added);
  return Ledger().Gateways(gateway).Post(operation.path, body.as_object());
}

// The same of the management listener, by a token or by a session.
HttpAnswer SendToManagement(const Operation& operation, bool by_session,
                            const std::function<void(json::value*)>& set) {
  static const NewToken token = Ledger().CreateToken("owner");
  for (const ManagementRequest& request : ManagementRequests()) {
    if (request.Name() != operation.method + " " + operation.path) continue;
    Subject subject = MakeSubject(Ledger(), request);
    json::value body = subject.body;
    set(&body);
    subject.body = body.as_object();
    if (!by_session) {
      HttpClient client = Ledger().Management(token);
      return Ask(client, request, subject);
    }
    Browser browser(token);
    return Ask(browser.client(), request, subject, browser.Sent(true));
  }
  ADD_FAILURE() << "no route";
  return {};
}

// Elsewhere a length was checked in bytes in one place and in characters in another, or in one of
// two ways in. Here every text that the contract bounds may have exactly so many characters,
// however many bytes they take, by a token and by a session.
TEST(Advisory, ATextHasAsManyCharactersAsTheContractSays) {
  const std::vector<BoundedText> texts = OpenApi::Instance().BoundedTexts();
  EXPECT_GE(texts.size(), 9u) << "names, reasons, versions";
  for (const BoundedText& text : texts) {
    for (const std::string character : {"a", "\xC3\xA9", "\xE9\x8D\xB5", "\xF0\x9F\x94\x91"}) {
      for (const bool by_session : {false, true}) {
        if (by_session && text.operation.listener == Listener::kGateways) continue;
        const auto send = [&](std::size_t characters) {
          const auto set = [&](json::value* body) {
            At(*body, text.pointer) = json::string(Repeated(character, characters));
          };
          return text.operation.listener == Listener::kGateways
                     ? SendToGateways(text.operation, set)
                     : SendToManagement(text.operation, by_session, set);
        };
        SCOPED_TRACE(text.operation.method + " " + text.operation.path + " " + text.pointer +
                     ", characters of " + std::to_string(character.size()) + " bytes" +
                     (by_session ? " by a session" : ""));
        const HttpAnswer most = send(text.max);
        EXPECT_EQ(most.status / 100, 2) << most.body;
        const HttpAnswer more = send(text.max + 1);
        EXPECT_EQ(more.status, 422) << more.body;
        EXPECT_EQ(more.Code(), "validation_failed");
        EXPECT_EQ(more.Json().at("errors").at(0).at("pointer").as_string(), text.pointer);
      }
    }
  }
}

// Bounds of other kinds: a way to send so many, the bound, and the refusal beyond it.
struct Bound {
  std::string name;
  std::size_t max;
  std::function<HttpAnswer(std::size_t)> send;
  int refusal;
  std::string says;
};

std::string Padded(const json::object& body, std::size_t bytes) {
  std::string text = json::serialize(body);
  EXPECT_LE(text.size(), bytes);
  return text.insert(1, bytes - text.size(), ' ');
}

HttpAnswer SendHead(std::size_t bytes) {
  const std::string head = "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Filler: ";
  HttpClient client = Ledger().Gateways();
  client.SendRaw(head + std::string(bytes - head.size() - 4, 'x') + "\r\n\r\n");
  return client.ReceiveAnswer("GET", "/healthz");
}

HttpAnswer SendChunked(const std::string& body) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx", body.size());
  HttpClient client = Ledger().Gateways();
  client.SendRaw("POST " + std::string(kPreflight) +
                 " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n" +
                 size + "\r\n" + body + "\r\n0\r\n\r\n");
  return client.ReceiveAnswer("POST", kPreflight);
}

HttpAnswer CreateForAccounts(std::size_t count) {
  static std::vector<std::string> opened;
  while (opened.size() < count) opened.push_back(Ledger().NewAccount());
  const json::array accounts(opened.begin(), opened.begin() + static_cast<std::ptrdiff_t>(count));
  return Ledger().Management().Post("/v1/tokens",
                                    {{"name", "a"}, {"role", "auditor"}, {"accounts", accounts}});
}

const Bound kBounds[] = {
    {"head", limits::kMaxHeaderBytes, SendHead, 431, ""},
    {"body", limits::kMaxBodyBytes,
     [](std::size_t n) {
       const std::string body = Padded({{"key", Ledger().Add().key}}, n);
       return Ledger().Gateways().Send("POST", kPreflight, body);
     },
     413, ""},
    {"body in chunks", limits::kMaxBodyBytes,
     [](std::size_t n) {
       return SendChunked(Padded({{"key", Ledger().Add().key}}, n));
     },
     413, ""},
    {"body by a session", limits::kMaxBodyBytes,
     [](std::size_t n) {
       Browser browser(Ledger().CreateToken("owner"));
       return browser.Send("POST", "/v1/tokens", Padded({{"name", "a"}, {"role", "owner"}}, n));
     },
     413, ""},
    {"depth", limits::kMaxJsonDepth,
     [](std::size_t n) {  // the object itself is one level
       const std::string deep = std::string(n - 1, '[') + std::string(n - 1, ']');
       const std::string key = Ledger().Add().key;
       return Ledger().Gateways().Send("POST", kPreflight,
                                       R"({"key":")" + key + R"(","a":)" + deep + "}");
     },
     400, ""},
    {"parameters", limits::kMaxQueryParameters,
     [](std::size_t n) {
       return Ledger().Management().Get("/v1/events?limit=1" + Repeated("&type=KeyIssued", n - 1));
     },
     400, ""},
    {"page", limits::kMaxPage,
     [](std::size_t n) {
       return Ledger().Management().Get("/v1/tokens?limit=" + std::to_string(n));
     },
     422, "?limit"},
    {"accounts of a token", ledger_limits::kMaxTokenAccounts, CreateForAccounts, 422, "/accounts"},
    {"name of an account", ledger_limits::kMaxAccountNameChars,
     [](std::size_t n) {
       return Ledger().Management().Send("PUT", "/v1/accounts/" + std::string(n, 'z'));
     },
     422, "/account"},
    {"reason of a failure", ledger_limits::kMaxFailureReasonChars,
     [](std::size_t n) {
       return Ledger()
           .Gateways(Ledger().Redeem(Ledger().Add()))
           .Post("/v1/registration/failure", {{"reason", std::string(n, 'r')}});
     },
     422, "/reason"},
    {"Idempotency-Key", ledger_limits::kMaxIdempotencyKeyChars,
     [](std::size_t n) {  // by an operator who has not used it
       return Ledger()
           .Management(Ledger().CreateToken("owner"))
           .Post("/v1/gateways/" + Ledger().Add().id + "/key", {},
                 {{"Idempotency-Key", std::string(n, 'k')}});
     },
     422, "Idempotency-Key"},
};

TEST(Advisory, WhatIsBoundedOtherwiseIsTakenUpToItsBound) {
  for (const Bound& bound : kBounds) {
    SCOPED_TRACE(bound.name);
    const HttpAnswer most = bound.send(bound.max);
    EXPECT_EQ(most.status / 100, 2) << most.body;
    const HttpAnswer more = bound.send(bound.max + 1);
    EXPECT_EQ(more.status, bound.refusal) << more.body;
    EXPECT_NE(more.body.find(bound.says), std::string::npos) << more.body;
  }
}

}  // namespace
}  // namespace latchkey::testing
