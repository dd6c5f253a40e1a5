// Rules for all operations, tested with each operation of the contract.
#include <gtest/gtest.h>

#include "tests/contract/contract_ledger.h"
#include "tests/contract/management_requests.h"

namespace latchkey::testing {
namespace {

bool Writes(const Operation& operation) { return operation.method != "GET"; }
// Signing in and out: causes no event.
bool IsSession(const Operation& operation) { return operation.path == "/v1/session"; }
bool EndsSessions(const Operation& operation) {
  return operation.path.starts_with("/v1/sessions") && Writes(operation);
}
// A redirect of a browser to another page.
bool LeadsOn(const Operation& operation) { return operation.path.starts_with("/v1/session/"); }
int SuccessOf(const Operation& operation) {
  if (LeadsOn(operation)) return 303;
  return operation.path.ends_with("/csrattrs") ? 204 : 200;
}
bool IsManagement(const Operation& operation) {
  return operation.listener == Listener::kManagement;
}
bool IsEst(const Operation& operation) { return operation.path.starts_with("/.well-known/est/"); }
// To one whose body is a signing request.
bool TakesPkcs10(const Operation& operation) { return IsEst(operation) && Writes(operation); }
// The same for everyone, so that caches may keep it.
bool IsPublic(const Operation& operation) {
  return !operation.path.starts_with("/v1/") && !operation.path.starts_with("/tlog/tile/entries/");
}
bool IsOpen(const Operation& operation) {
  if (operation.path.ends_with("/simplereenroll")) return false;
  return IsPublic(operation) ||
         (operation.path.starts_with("/v1/registrations") && !IsManagement(operation)) ||
         IsSession(operation) || LeadsOn(operation);
}
bool Lists(const Operation& operation) {
  return operation.path == "/v1/accounts" || operation.path == "/v1/events" ||
         operation.path == "/v1/overview" || operation.path == "/v1/gateways" ||
         (operation.path == "/v1/tokens" && operation.method == "GET") ||
         (operation.path == "/v1/sessions" && operation.method == "GET") ||
         (operation.path == "/v1/accounts/{account}/gateways" && operation.method == "GET") ||
         (operation.path.ends_with("/messages") && operation.method == "GET");
}

class EveryRouteTest : public ::testing::TestWithParam<Operation> {
 protected:
  static ContractLedger& ledger() { return ContractLedger::Instance(); }

  // The path of the operation with parameters of existing objects, which `id` overrides.
  std::string Path() const {
    std::string path = GetParam().path;
    const auto fill = [&](const std::string& name, const std::string& value) {
      const std::size_t at = path.find("{" + name + "}");
      if (at != std::string::npos) path.replace(at, name.size() + 2, value);
    };
    fill("account", ledger().account());
    fill("gateway", gateway().id);
    fill("token", token().id);
    fill("sequence", "1");
    fill("message", message());
    fill("level", "0");
    fill("+tile", "000.p/1");
    if (path.find("{webhook}") != std::string::npos) fill("webhook", ledger().AddWebhook());
    if (path.find("{session}") != std::string::npos) fill("session", NewSession(ledger(), token()));
    return path;
  }

  // That path with all that it must have, and a parameter more.
  std::string WholePath(const std::string& parameter = "") const {
    std::string query = GetParam().path.ends_with("/consistency") ? "?from=1&to=1" : "";
    if (EndsSessions(GetParam()) && GetParam().path == "/v1/sessions") {
      query = "?operator=" + token().id;
    }
    if (!parameter.empty()) query += (query.empty() ? "?" : "&") + parameter;
    return Path() + query;
  }

  // For requests that are refused anyway, or read.
  static const Added& gateway() {
    static const Added added = ledger().Add();
    return added;
  }

  static const std::string& message() {
    static const std::string sent = ledger().SendMessage(gateway());
    return sent;
  }

  static const NewToken& token() {
    static const NewToken created = ledger().CreateToken("helpdesk");
    return created;
  }

  HttpClient Client() const {
    if (IsManagement(GetParam())) return ledger().Management();
    return IsOpen(GetParam()) ? ledger().Gateways()
                              : ledger().Gateways(ledger().Install(ledger().Add()));
  }

  // The head of a request up to its fields; the caller adds the rest.
  std::string Head(HttpClient& client) const {
    std::string head = GetParam().method + " " + Path() + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!client.options().token.empty()) {
      head += "Authorization: Bearer " + client.options().token + "\r\n";
    }
    return head;
  }

  void Expect(const HttpAnswer& answer, int status, const std::string& code) const {
    EXPECT_EQ(answer.status, status) << answer.body;
    // EST speaks plain text once it is clear that EST was meant.
    const bool text = answer.Header("Content-Type").value_or("").starts_with("text/plain");
    EXPECT_TRUE(!text || TakesPkcs10(GetParam()));
    EXPECT_EQ(answer.Code(), text ? "" : code) << answer.body;
  }

  // A request that has all it needs, but for what `body` says.
  HttpAnswer SendWhole(HttpClient& client, const std::string& path, const Added& fresh,
                       const boost::json::object& body) const {
    if (!TakesPkcs10(GetParam())) {
      return client.Send(GetParam().method, path, boost::json::serialize(body));
    }
    return client.Send(GetParam().method, path, Pkcs10(Identity()), EstHeaders(fresh.key));
  }
};

TEST_P(EveryRouteTest, RefusesALargeBodyUnread) {
  HttpClient client = Client();
  client.SendRaw(Head(client) + "Content-Type: application/json\r\nContent-Length: 65537\r\n\r\n");
  Expect(client.ReceiveAnswer(GetParam().method, Path()), 413, "too_large");
  EXPECT_TRUE(client.WaitForClose());
}

TEST_P(EveryRouteTest, RefusesALargeHead) {
  HttpClient client = Client();
  client.SendRaw(Head(client) + "X-Filler: " + std::string(16 * 1024, 'x') + "\r\n\r\n");
  Expect(client.ReceiveAnswer(GetParam().method, Path()), 431, "headers_too_large");
  EXPECT_TRUE(client.WaitForClose());
}

TEST_P(EveryRouteTest, RefusesAMalformedTarget) {
  HttpClient client = Client();
  Expect(client.Send(GetParam().method, Path() + "?a=%zz"), 400, "request_malformed");
}

TEST_P(EveryRouteTest, NamesTheMethodsItHas) {
  HttpClient client = Client();
  const HttpAnswer answer = client.Send("OPTIONS", Path());
  Expect(answer, 405, "method_not_allowed");
  const std::string allow = ", " + answer.Header("Allow").value_or("") + ",";
  EXPECT_NE(allow.find(", " + GetParam().method + ","), std::string::npos) << allow;
  EXPECT_EQ(allow.find(", HEAD,") != std::string::npos, allow.find(", GET,") != std::string::npos);
}

TEST_P(EveryRouteTest, NeedsAuthentication) {
  if (IsOpen(GetParam())) return;
  HttpClient client = IsManagement(GetParam()) ? ledger().Management() : ledger().Gateways();
  client.options().token.clear();
  const std::optional<std::string> body =
      Writes(GetParam()) ? std::optional<std::string>("{}") : std::nullopt;
  const Headers headers = TakesPkcs10(GetParam()) ? EstHeaders() : Headers();
  const HttpAnswer answer = client.Send(GetParam().method, Path(), body, headers);
  Expect(answer, 401, "unauthenticated");
  EXPECT_EQ(answer.Header("WWW-Authenticate").value_or("").starts_with("Bearer"),
            IsManagement(GetParam()));
}

// Refusals too; answers that are the same for everyone may be stored. Answers to writes are checked
// wherever tests make them: each against the contract.
TEST_P(EveryRouteTest, IsNotStoredWhenItIsForSomeone) {
  HttpClient client = Client();
  const auto expect_no_store = [](const HttpAnswer& answer) {
    EXPECT_EQ(answer.Header("Cache-Control"), "no-store") << answer.status;
  };
  if (!Writes(GetParam()) && GetParam().path != "/v1/events/stream") {
    const HttpAnswer answer = client.Get(Path());
    EXPECT_EQ(answer.Header("Cache-Control") == "no-store", !IsPublic(GetParam()));
  }
  expect_no_store(client.Send("OPTIONS", Path()));
  expect_no_store(client.Get(Path() + "/nowhere"));
  if (Writes(GetParam())) expect_no_store(client.Send(GetParam().method, Path(), "[]"));
  client.options().token.clear();
  expect_no_store(client.Send(GetParam().method, Path() + "?a=%zz"));
  if (!IsOpen(GetParam())) expect_no_store(client.Send("OPTIONS", Path()));
}

TEST_P(EveryRouteTest, TakesAHeadRequestWhereItTakesGet) {
  if (Writes(GetParam()) || GetParam().path == "/v1/events/stream") return;
  HttpClient client = Client();
  const HttpAnswer get = client.Get(WholePath());
  const HttpAnswer head = client.Send("HEAD", WholePath());
  EXPECT_EQ(get.status, SuccessOf(GetParam())) << get.body;
  EXPECT_EQ(head.status, get.status);
  EXPECT_EQ(head.Header("Content-Type"), get.Header("Content-Type"));
  EXPECT_EQ(head.Header("ETag"), get.Header("ETag"));
  EXPECT_TRUE(client.connected());
}

TEST_P(EveryRouteTest, RefusesABodyThatIsNotJson) {
  if (!Writes(GetParam())) return;
  HttpClient client = Client();
  Expect(client.Send(GetParam().method, Path(), "key=x", {{"Content-Type", "text/plain"}}), 415,
         "unsupported_media_type");
  Expect(client.Send(GetParam().method, Path(), "{}", {{"Content-Encoding", "gzip"}}), 415,
         "unsupported_media_type");
  if (TakesPkcs10(GetParam())) return;
  for (const std::string body : {"{", "[]", "1", "{} {}", "{\"a\":1,}", "{\"a\":\"\xff\"}"}) {
    SCOPED_TRACE(body);
    Expect(client.Send(GetParam().method, Path(), body), 400, "request_malformed");
  }
  const std::string deep = R"({"a":)" + std::string(32, '[') + std::string(32, ']') + "}";
  Expect(client.Send(GetParam().method, Path(), deep), 400, "request_malformed");
}

TEST_P(EveryRouteTest, RefusesWhatItDoesNotKnow) {
  if (IsOpen(GetParam()) && !IsSession(GetParam())) return;
  if (!IsManagement(GetParam())) return;  // gateways may be newer than this server
  HttpClient client = Client();
  if (!Writes(GetParam())) {
    Expect(client.Get(Path() + "?limits=1"), 422, "validation_failed");
  } else {
    const HttpAnswer answer =
        client.Send(GetParam().method, Path(), R"({"name":"A name","primry":"gw_00000001"})");
    Expect(answer, 422, "validation_failed");
    EXPECT_NE(answer.body.find("/primry"), std::string::npos) << answer.body;
  }
}

TEST_P(EveryRouteTest, WaitsForAPositionOnlyIfItCanCome) {
  if (Writes(GetParam()) || IsOpen(GetParam()) || GetParam().path == "/v1/events/stream") return;
  HttpClient client = Client();
  const auto at = [&](const std::string& position) {
    return client.Get(WholePath("after_position=" + position));
  };
  EXPECT_EQ(at(ledger().position()).status, 200);
  Expect(at(ledger().epoch() + "-99999999"), 409, "position_unknown");
  Expect(at("0123456789abcdef-0"), 409, "position_unknown");
  for (const std::string bad : {"", "0", "x-1", "0123456789abcdef-", "0123456789abcdef-01",
                                "0123456789abcdef-10000000000000000000"}) {
    Expect(at(bad), 422, "validation_failed");
  }
}

TEST_P(EveryRouteTest, PagesHaveALimit) {
  if (!Lists(GetParam())) return;
  HttpClient client = Client();
  EXPECT_EQ(client.Get(Path() + "?limit=1").status, 200);
  EXPECT_EQ(client.Get(Path() + "?limit=1000").status, 200);
  for (const std::string bad : {"0", "1001", "-1", "x", "", "1.5", "99999999999999999999"}) {
    SCOPED_TRACE(bad);
    Expect(client.Get(Path() + "?limit=" + bad), 422, "validation_failed");
  }
  Expect(client.Get(Path() + "?after="), 422, "validation_failed");
}

TEST_P(EveryRouteTest, AnswersNotFoundForMissingObjects) {
  if (!IsManagement(GetParam()) || GetParam().path.find('{') == std::string::npos) return;
  if (GetParam().method == "PUT") return;  // opens it
  HttpClient client = Client();
  const std::optional<std::string> body =
      Writes(GetParam()) ? std::optional<std::string>(R"({"name":"A name"})") : std::nullopt;
  std::string path = GetParam().path;
  const std::size_t from = path.find('{');
  for (const std::string other :
       {"gw_zzzzzzzz", "nobody", "99999999", "-1", "%20", "gw_0000000A"}) {
    std::string target = path;
    target.replace(from, path.find('}') - from + 1, other);
    SCOPED_TRACE(target);
    Expect(client.Send(GetParam().method, target, body), 404, "not_found");
  }
}

// A step of the wall clock: nothing is written, everything can still be read.
TEST_P(EveryRouteTest, ReadsButDoesNotWriteWhileTheClockIsWrong) {
  if (GetParam().path == "/v1/events/stream") return;
  const Added fresh = ledger().Add();
  std::string path = GetParam().path;
  if (const auto at = path.find("{gateway}"); at != std::string::npos) {
    path.replace(at, std::string("{gateway}").size(), fresh.id);
  } else if (const auto by = path.find("{token}"); by != std::string::npos) {
    path.replace(by, std::string("{token}").size(), ledger().CreateToken("auditor").id);
  } else {
    path = WholePath();
  }
  if (const auto at = path.find("{message}"); at != std::string::npos) {
    path.replace(at, std::string("{message}").size(), ledger().SendMessage(fresh));
  }
  if (const auto at = path.find("{webhook}"); at != std::string::npos) {
    path.replace(at, std::string("{webhook}").size(), ledger().AddWebhook());
  }
  const bool by_machine = !IsManagement(GetParam()) && !IsOpen(GetParam());
  const bool pending =
      GetParam().path.ends_with("/failure") || GetParam().path.ends_with("/check-in");
  HttpClient client =
      by_machine && pending ? ledger().Gateways(ledger().Redeem(ledger().Add())) : Client();
  boost::json::object body;
  if (GetParam().path.ends_with("/gateways")) body["name"] = ledger().NewName();
  if (GetParam().path.ends_with("/messages")) body = {{"kind", "config"}, {"body", 1}};
  if (GetParam().method == "PATCH") body["name"] = ledger().NewName();
  if (GetParam().path.starts_with("/v1/webhooks") && GetParam().method != "DELETE")
    body = ledger().WebhookBody(GetParam().path);
  if (GetParam().path == "/v1/tokens") body = {{"name", "Ada"}, {"role", "operator"}};
  if (IsSession(GetParam()) && GetParam().method == "POST") body["token"] = token().secret;
  if (GetParam().path.ends_with("/failure")) body["reason"] = "clock";
  if (GetParam().path == "/v1/certificate") body["csr"] = Identity().pair.csr_pem;
  if (GetParam().path == "/v1/registrations/accept") {
    body["account"] = ledger().account();
  } else if (GetParam().path.starts_with("/v1/registrations")) {
    body = ledger().Redemption(fresh.key, Identity());
  }

  ledger().StepClock(std::chrono::minutes(5));
  // What a webhook sends changes nothing in the ledger.
  const bool sends = GetParam().path.ends_with("/test") || GetParam().path.ends_with("/replay");
  const bool reads = !Writes(GetParam()) || sends || GetParam().path.ends_with("/preflight") ||
                     IsSession(GetParam()) || EndsSessions(GetParam());
  if (!Writes(GetParam())) {
    EXPECT_EQ(client.Get(path).status, SuccessOf(GetParam()));
  } else if (reads) {
    const HttpAnswer answer = client.Send(GetParam().method, path, boost::json::serialize(body));
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
  } else {
    Expect(SendWhole(client, path, fresh, body), 503, "read_only");
  }
  ledger().StepClock(std::chrono::minutes(-5));
  if (!reads) {
    const HttpAnswer answer = SendWhole(client, path, fresh, body);
    EXPECT_EQ(answer.status / 100, 2) << answer.body;
  }
}

std::string NameOf(const Operation& operation) {
  std::string name = operation.listener == Listener::kManagement ? "Management_" : "Gateways_";
  name += operation.method;
  for (const char c : operation.path) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Operations, EveryRouteTest,
                         ::testing::ValuesIn(OpenApi::Instance().Operations()),
                         [](const auto& row) { return NameOf(row.param); });

}  // namespace
}  // namespace latchkey::testing
