// Every refusal of the gateway listener: of keys and of certificates. Those of signing requests are
// in signing_requests_test.cc.
#include <boost/json/serialize.hpp>

#include "tests/contract/refusal_rows.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using L = ContractLedger;

void Do(L& l, std::string_view method, const std::string& path) {
  const HttpAnswer answer = l.Management().Send(method, path);
  EXPECT_EQ(answer.status / 100, 2) << answer.body;
}

// ---- keys: the same refusal at preflight and at redemption

struct BadKey {
  std::string name;
  // The request's body; for a redemption a CSR is added.
  std::function<json::object(L&)> body;
  int status;
  std::string code;
  std::string says = "";
};

json::object Key(const json::value& key) { return {{"key", key}}; }
json::object WithCsr(const std::string& key, const Identity& identity) {
  return {{"key", key}, {"csr", identity.pair.csr_pem}};
}

std::string Changed(std::string key, std::size_t at) {
  key[at] = key[at] == 'A' ? 'B' : 'A';
  return key;
}

// Another secret with a correct CRC: a guess by a stranger.
std::string OfAnotherLedger() {
  static L other;
  static const std::string key = other.Add().key;
  return key;
}

const BadKey kBadKeys[] = {
    {"absent", [](L&) { return json::object(); }, 422, "validation_failed", "/key"},
    {"null", [](L&) { return Key(nullptr); }, 422, "validation_failed", "/key"},
    {"number", [](L&) { return Key(1); }, 422, "validation_failed", "/key"},
    {"empty", [](L&) { return Key(""); }, 400, "key_malformed"},
    {"one_too_short",
     [](L& l) {
       std::string key = l.Add().key;
       key.pop_back();
       return Key(json::string(key));
     },
     400, "key_malformed", "42"},
    {"one_too_long", [](L& l) { return Key(json::string(l.Add().key + "0")); }, 400,
     "key_malformed", "44"},
    {"another_character",
     [](L& l) {
       std::string key = l.Add().key;
       key.back() = '?';
       return Key(json::string(key));
     },
     400, "key_malformed"},
    {"the_letter_u",
     [](L& l) {
       std::string key = l.Add().key;
       key.back() = 'U';
       return Key(json::string(key));
     },
     400, "key_malformed", "U"},
    {"another_prefix", [](L& l) { return Key(json::string("LK2" + l.Add().key.substr(3))); }, 400,
     "key_malformed"},
    {"a_sentence", [](L&) { return Key("the key is on the fridge"); }, 400, "key_malformed"},
    {"mistyped", [](L& l) { return Key(json::string(Changed(l.Add().key, 20))); }, 400,
     "key_mistyped"},
    {"of_another_ledger", [](L&) { return Key(json::string(OfAnotherLedger())); }, 404,
     "key_unknown"},
    {"spent_by_another",
     [](L& l) {
       const Added gateway = l.Add();
       l.Install(gateway);
       return WithCsr(gateway.key, Identity());
     },
     409, "key_already_redeemed"},
    {"spent_and_its_registration_ended",
     [](L& l) {
       const Added gateway = l.Add();
       const Identity identity = l.Install(gateway);
       Do(l, "POST", PathOf(gateway) + "/deregister");
       return WithCsr(gateway.key, identity);
     },
     410, "registration_ended"},
    {"spent_and_its_gateway_removed",
     [](L& l) {
       const Added gateway = l.Add();
       const Identity identity = l.Install(gateway);
       Do(l, "DELETE", PathOf(gateway));
       return WithCsr(gateway.key, identity);
     },
     410, "registration_ended"},
    {"superseded",
     [](L& l) {
       const Added gateway = l.Add();
       l.Generate(gateway);
       return WithCsr(gateway.key, Identity());
     },
     410, "key_superseded"},
    {"revoked",
     [](L& l) {
       const Added gateway = l.Add();
       Do(l, "DELETE", PathOf(gateway) + "/key");
       return WithCsr(gateway.key, Identity());
     },
     410, "key_revoked"},
    {"revoked_by_deregistering",
     [](L& l) {
       const Added gateway = l.Add();
       Do(l, "POST", PathOf(gateway) + "/deregister");
       return WithCsr(gateway.key, Identity());
     },
     410, "key_revoked"},
    {"expired",
     [](L& l) {
       const Added gateway = l.Add();
       l.Advance(std::chrono::hours(7 * 24));
       return WithCsr(gateway.key, Identity());
     },
     410, "key_expired"},
    {"expired_before_it_was_superseded",
     [](L& l) {
       const Added gateway = l.Add();
       l.Advance(std::chrono::hours(7 * 24));
       l.Generate(gateway);
       return WithCsr(gateway.key, Identity());
     },
     410, "key_expired"},
    {"of_a_removed_gateway",
     [](L& l) {
       const Added gateway = l.Add();
       Do(l, "DELETE", PathOf(gateway));
       return WithCsr(gateway.key, Identity());
     },
     410, "gateway_removed"},
};

void PrintTo(const BadKey& row, std::ostream* out) { *out << row.name; }

class BadKeyTest : public ::testing::TestWithParam<BadKey> {
 protected:
  void Expect(const std::string& target, bool with_csr) {
    L& ledger = L::Instance();
    json::object body = GetParam().body(ledger);
    if (with_csr && !body.contains("csr")) body["csr"] = Identity().pair.csr_pem;
    const HttpAnswer answer = ledger.Gateways().Post(target, body);
    EXPECT_EQ(answer.status, GetParam().status) << answer.body;
    EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
    EXPECT_NE(answer.body.find(GetParam().says), std::string::npos) << answer.body;
    if (const auto* key = body.if_contains("key"); key != nullptr && key->is_string()) {
      const std::string text(key->get_string());
      EXPECT_TRUE(text.empty() || answer.body.find(text) == std::string::npos) << "quotes the key";
    }
  }
};

TEST_P(BadKeyTest, IsRefusedAtPreflight) { Expect("/v1/registrations/preflight", false); }
TEST_P(BadKeyTest, IsRefusedAtRedemption) { Expect("/v1/registrations", true); }
INSTANTIATE_TEST_SUITE_P(Keys, BadKeyTest, ::testing::ValuesIn(kBadKeys),
                         [](const auto& row) { return row.param.name; });

TEST(KeyTest, IsReadAsPeopleTypeIt) {
  L& ledger = L::Instance();
  const Added gateway = ledger.Add();
  std::string typed;
  for (const char c : gateway.key.substr(4)) {
    if (c == '-') {
      typed += ' ';
    } else if (c == '0') {
      typed += 'o';
    } else if (c == '1') {
      typed += 'l';
    } else {
      typed += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  const HttpAnswer answer =
      ledger.Gateways().Post("/v1/registrations/preflight", {{"key", "lk1 " + typed}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.Json()["gateway"].as_string(), gateway.id);
}

// A CSR costs milliseconds to check: it is not read for a caller without a good key.
TEST(CsrOrderTest, TheKeyIsRefusedFirst) {
  L& ledger = L::Instance();
  const Added gateway = ledger.Add();
  ledger.Generate(gateway);
  for (const char* target : {"/v1/registrations", "/v1/registrations/preflight"}) {
    SCOPED_TRACE(target);
    const HttpAnswer ended =
        ledger.Gateways().Post(target, {{"key", gateway.key}, {"csr", "no CSR"}});
    EXPECT_EQ(ended.Code(), "key_superseded") << ended.body;
    const HttpAnswer wrong =
        ledger.Gateways().Post(target, {{"key", OfAnotherLedger()}, {"csr", "no CSR"}});
    EXPECT_EQ(wrong.Code(), "key_unknown") << wrong.body;
  }
}

// ---- other members

const Refusal kMembers[] = {
    {"host_no_object",
     [](L& l) {
       json::object body = l.Redemption(l.Add().key, Identity());
       body["host"] = "gw";
       return l.Gateways().Post("/v1/registrations", body);
     },
     422, "validation_failed", "/host"},
    {"hostname_too_long",
     [](L& l) {
       json::object body = l.Redemption(l.Add().key, Identity());
       body["host"] = {{"hostname", std::string(256, 'h')}};
       return l.Gateways().Post("/v1/registrations", body);
     },
     422, "validation_failed", "/host/hostname"},
    {"version_number",
     [](L& l) {
       return l.Gateways(l.Redeem(l.Add())).Post("/v1/check-in", {{"version", 6}});
     },
     422, "validation_failed", "/version"},
    {"failure_without_reason",
     [](L& l) { return l.Gateways(l.Redeem(l.Add())).Post("/v1/registration/failure", {}); }, 422,
     "validation_failed", "/reason"},
    {"failure_reason_upper_case",
     [](L& l) {
       return l.Gateways(l.Redeem(l.Add())).Post("/v1/registration/failure", {{"reason", "Bad"}});
     },
     422, "validation_failed", "/reason"},
    {"failure_detail_too_long",
     [](L& l) {
       return l.Gateways(l.Redeem(l.Add()))
           .Post("/v1/registration/failure",
                 {{"reason", "bad"}, {"detail", std::string(1'025, 'd')}});
     },
     422, "validation_failed", "/detail"},
    {"failure_of_a_confirmed_one",
     [](L& l) {
       return l.Gateways(l.Install(l.Add())).Post("/v1/registration/failure", {{"reason", "late"}});
     },
     409, "already_registered"},
    {"path_of_the_management_listener", [](L& l) { return l.Gateways().Get("/v1/accounts"); }, 404,
     "not_found"},
};

class MemberTest : public RefusalTest {};
TEST_P(MemberTest, IsRefused) { Run(); }
INSTANTIATE_TEST_SUITE_P(Members, MemberTest, ::testing::ValuesIn(kMembers), RowName);

// ---- what an attempt that is refused leaves in the ledger

struct Attempt {
  std::string name;
  std::function<std::string(L&)> key;  // a gateway's key that is no longer valid
  std::string code;
};

void PrintTo(const Attempt& row, std::ostream* out) { *out << row.name; }

class AttemptTest : public ::testing::TestWithParam<Attempt> {
 protected:
  // The event of an attempt with this host, which must be refused in the same way.
  static json::object Recorded(const json::value& host) {
    L& ledger = L::Instance();
    json::object body = ledger.Redemption(GetParam().key(ledger), Identity());
    body["host"] = host;
    const HttpAnswer answer = ledger.Gateways().Post("/v1/registrations", body);
    EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
    return ledger.Management()
        .Get("/v1/events?type=RedemptionRefused&order=desc&limit=1")
        .Json()["events"]
        .at(0)
        .at("data")
        .as_object();
  }
};

const Attempt kAttempts[] = {
    {"spent",
     [](L& l) {
       const Added gateway = l.Add();
       l.Install(gateway);
       return gateway.key;
     },
     "key_already_redeemed"},
    {"superseded",
     [](L& l) {
       const Added gateway = l.Add();
       l.Generate(gateway);
       return gateway.key;
     },
     "key_superseded"},
};

TEST_P(AttemptTest, NamesTheHostThatTried) {
  const json::object host{{"hostname", "thief"}, {"os", "Debian 12"}, {"version", "6.2"}};
  const json::object data = Recorded(host);
  EXPECT_EQ(data.at("code"), json::value(GetParam().code));
  EXPECT_EQ(data.at("host"), host);
}

TEST_P(AttemptTest, AHostThatIsNotValidChangesNothing) {
  const json::object data = Recorded({{"hostname", std::string(256, 'h')}, {"os", "Debian 12"}});
  EXPECT_TRUE(data.at("host").at("hostname").is_null());
  EXPECT_EQ(data.at("host").at("os"), "Debian 12");
  EXPECT_TRUE(Recorded("thief").at("host").at("hostname").is_null()) << "no object at all";
}

INSTANTIATE_TEST_SUITE_P(Refused, AttemptTest, ::testing::ValuesIn(kAttempts),
                         [](const auto& row) { return row.param.name; });

TEST(MemberTest, UnknownOnesAreIgnored) {
  L& ledger = L::Instance();
  json::object body = ledger.Redemption(ledger.Add().key, Identity());
  body["future"] = {{"a", 1}};
  EXPECT_EQ(ledger.Gateways().Post("/v1/registrations", body).status, 201);
}

// ---- certificates: refused on every route that asks for one, on connections already open too

struct EndedCertificate {
  std::string name;
  bool confirmed;
  std::function<void(L&, const Added&, const Identity&)> end;
  int status;
  std::string code;
};

void PrintTo(const EndedCertificate& row, std::ostream* out) { *out << row.name; }

class CertificateTest : public ::testing::TestWithParam<EndedCertificate> {};

const EndedCertificate kEnded[] = {
    {"failed", false,
     [](L& l, const Added&, const Identity& identity) {
       EXPECT_EQ(l.Gateways(identity).Post("/v1/registration/failure", {{"reason", "bad"}}).status,
                 204);
     },
     403, "registration_abandoned"},
    {"timed_out", false,
     [](L& l, const Added&, const Identity&) { l.Advance(std::chrono::minutes(61)); }, 403,
     "registration_abandoned"},
    {"gave_way", false, [](L& l, const Added& gateway, const Identity&) { l.Generate(gateway); },
     403, "registration_abandoned"},
    {"deregistered_while_pending", false,
     [](L& l, const Added& gateway, const Identity&) {
       Do(l, "POST", PathOf(gateway) + "/deregister");
     },
     403, "registration_abandoned"},
    {"deregistered", true,
     [](L& l, const Added& gateway, const Identity&) {
       Do(l, "POST", PathOf(gateway) + "/deregister");
     },
     403, "certificate_revoked"},
    {"removed", true,
     [](L& l, const Added& gateway, const Identity&) { Do(l, "DELETE", PathOf(gateway)); }, 403,
     "certificate_revoked"},
    {"replaced", true,
     [](L& l, const Added& gateway, const Identity&) {
       l.Install({gateway.id, l.Generate(gateway, true)});
     },
     403, "certificate_revoked"},
    {"expired", true,
     [](L& l, const Added&, const Identity&) { l.Advance(std::chrono::hours(366 * 24)); }, 401,
     "certificate_expired"},
};

TEST_P(CertificateTest, IsRefusedFromThatMomentOn) {
  L& ledger = L::Instance();
  const Added gateway = ledger.Add();
  const Identity identity = GetParam().confirmed ? ledger.Install(gateway) : ledger.Redeem(gateway);
  HttpClient open = ledger.Gateways(identity);
  EXPECT_EQ(open.Get("/v1/self").status, 200);
  ASSERT_TRUE(open.connected());
  GetParam().end(ledger, gateway, identity);

  HttpClient fresh = ledger.Gateways(identity);
  for (HttpClient* client : {&open, &fresh}) {
    for (const HttpAnswer& answer : {client->Get("/v1/self"), client->Post("/v1/check-in", {}),
                                     client->Post("/v1/registration/failure", {{"reason", "bad"}}),
                                     client->Post("/v1/self/deregister", {})}) {
      EXPECT_EQ(answer.status, GetParam().status) << answer.body;
      EXPECT_EQ(answer.Code(), GetParam().code) << answer.body;
      EXPECT_TRUE(answer.close) << "nothing more is to come by this certificate";
    }
    if (GetParam().status == 401) continue;  // it may still be renewed
    const json::object body{{"csr", Identity().pair.csr_pem}};
    EXPECT_EQ(client->Post("/v1/certificate", body).Code(), GetParam().code);
    const HttpAnswer over_est =
        client->Send("POST", "/.well-known/est/simplereenroll", Pkcs10(Identity()), EstHeaders());
    EXPECT_EQ(over_est.status, GetParam().status) << over_est.body;
  }
}

INSTANTIATE_TEST_SUITE_P(Ended, CertificateTest, ::testing::ValuesIn(kEnded),
                         [](const auto& row) { return row.param.name; });

TEST(ForeignCertificateTest, OfAnotherLedgerIsNobody) {
  static L other;
  const Identity identity = other.Install(other.Add());
  const HttpAnswer answer = L::Instance().Gateways(identity).Get("/v1/self");
  EXPECT_EQ(answer.status, 401) << answer.body;
  EXPECT_EQ(answer.Code(), "unauthenticated");
}

}  // namespace
}  // namespace latchkey::testing
