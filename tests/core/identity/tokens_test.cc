// Checks of a provider's tokens: one row for each way in which a token can be wrong, and a few for
// unusual but valid tokens. Every row differs from a good token in one thing.
#include "core/identity/tokens.h"

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "tests/core/identity/changes.h"
#include "tests/core/identity/signer.h"
#include "tests/support/fakes.h"

namespace latchkey::identity {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;
using testing::Change;
using testing::KeySetOf;
using testing::Set;
using testing::Signer;
using testing::Without;

constexpr std::int64_t kNow = 1'767'225'600;  // as the fake clock begins
constexpr const char* kNonce = "n-0S6_WzA2Mj";

Config TestConfig() {
  Config config;
  config.issuer = "https://id.example.com";
  config.client_id = "latchkey-console";
  config.public_url = "https://console.example.com";
  config.audience = "https://console.example.com/v1";
  config.algorithms = {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256, JwsAlgorithm::kEs256,
                       JwsAlgorithm::kEdDsa};
  config.roles = {{"groups", "ledger-owners", domain::TokenRole::kOwner, {}},
                  {"groups", "helpdesk", domain::TokenRole::kHelpdesk, {"acme", "globex"}}};
  return config;
}

json::object IdClaims() {
  return {{"iss", "https://id.example.com"},
          {"sub", "ada"},
          {"aud", "latchkey-console"},
          {"exp", kNow + 300},
          {"iat", kNow},
          {"nonce", kNonce},
          {"name", "Ada"},
          {"groups", {"helpdesk"}}};
}

json::object AccessClaims() {
  return {{"iss", "https://id.example.com"},
          {"sub", "ada"},
          {"aud", "https://console.example.com/v1"},
          {"exp", kNow + 300},
          {"iat", kNow},
          {"client_id", "some-tool"},
          {"jti", "1"},
          {"groups", {"ledger-owners"}}};
}

// The provider's keys: one of each kind, and one that the set does not hold.
struct Keys {
  Signer rsa{JwsAlgorithm::kRs256, "rsa"};
  Signer pss{JwsAlgorithm::kPs256, "pss"};
  Signer ec{JwsAlgorithm::kEs256, "ec"};
  Signer ed{JwsAlgorithm::kEdDsa, "ed"};
  Signer p384{JwsAlgorithm::kEs384, "p384"};
  Signer other{JwsAlgorithm::kRs256, "other"};
  KeySet set =
      KeySet::Parse(KeySetOf({rsa.Jwk(), pss.Jwk(), ec.Jwk(), ed.Jwk(), p384.Jwk()})).value();
};
const Keys& AllKeys() {
  static const Keys kKeys;
  return kKeys;
}

std::string Word(const Result<Identity>& result) {
  return result ? "good" : std::string(CodeName(result.error().code));
}

struct Row {
  std::string name;
  std::string word;  // "good", or the code of the refusal
  std::function<std::string(const Keys&)> token;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

std::function<std::string(const Keys&)> Id(Change change) {
  return [=](const Keys& keys) {
    json::object claims = IdClaims();
    change(claims);
    return keys.rsa.Sign(claims);
  };
}

json::object With(json::object object, std::string_view name, json::value value) {
  object[name] = std::move(value);
  return object;
}

const Row kSignatures[] = {
    {"rs256", "good", [](const Keys& k) { return k.rsa.Sign(IdClaims()); }},
    {"ps256", "good", [](const Keys& k) { return k.pss.Sign(IdClaims()); }},
    {"es256", "good", [](const Keys& k) { return k.ec.Sign(IdClaims()); }},
    {"eddsa", "good", [](const Keys& k) { return k.ed.Sign(IdClaims()); }},
    {"es384_is_not_on_the_list", "unauthenticated",
     [](const Keys& k) { return k.p384.Sign(IdClaims()); }},
    {"none", "unauthenticated",
     [](const Keys&) {
       return Signer::Unsigned({{"alg", "none"}}, IdClaims());
     }},
    {"none_in_capitals_under_a_known_key", "unauthenticated",
     [](const Keys&) {
       return Signer::Unsigned({{"alg", "NONE"}, {"kid", "rsa"}}, IdClaims());
     }},
    {"hs256_with_the_public_key_as_secret", "unauthenticated",
     [](const Keys& k) {
       return Signer::SignHmac({{"alg", "HS256"}, {"kid", "rsa"}}, IdClaims(), k.rsa.PublicPem());
     }},
    {"hmac_that_calls_itself_rs256", "unauthenticated",
     [](const Keys& k) { return Signer::SignHmac(k.rsa.Header(), IdClaims(), k.rsa.PublicPem()); }},
    {"an_algorithm_that_does_not_fit_the_key", "unauthenticated",
     [](const Keys& k) {
       return k.rsa.SignWith({{"alg", "ES256"}, {"kid", "rsa"}}, IdClaims());
     }},
    {"another_algorithm_than_the_key_names", "unauthenticated",
     [](const Keys& k) {
       return k.pss.SignWith({{"alg", "RS256"}, {"kid", "pss"}}, IdClaims());
     }},
    {"the_name_of_another_key", "unauthenticated",
     [](const Keys& k) { return k.other.SignWith(k.rsa.Header(), IdClaims()); }},
    {"a_key_that_is_not_known", "not_found",
     [](const Keys& k) { return k.other.Sign(IdClaims()); }},
    {"no_key_named_and_one_fits", "good",
     [](const Keys& k) {
       return k.ec.SignWith({{"alg", "ES256"}}, IdClaims());
     }},
    {"a_key_brought_along", "unauthenticated",
     [](const Keys& k) {
       json::object header = With(k.other.Header(), "jwk", k.other.Jwk());
       header["kid"] = "rsa";
       return k.other.SignWith(header, IdClaims());
     }},
    {"a_header_that_demands", "unauthenticated",
     [](const Keys& k) {
       return k.rsa.SignWith(With(k.rsa.Header(), "crit", json::array{"exp"}), IdClaims());
     }},
    {"no_signature", "unauthenticated",
     [](const Keys& k) { return Signer::Unsigned(k.rsa.Header(), IdClaims()); }},
    {"a_signature_of_zeros", "unauthenticated",
     [](const Keys& k) {
       return Signer::Unsigned(k.ec.Header(), IdClaims(), std::string(64, '\0'));
     }},
    {"claims_that_were_changed", "unauthenticated",
     [](const Keys& k) {
       const std::string good = k.rsa.Sign(IdClaims());
       const std::string evil = Signer::Unsigned(k.rsa.Header(), With(IdClaims(), "sub", "eve"));
       return evil.substr(0, evil.rfind('.')) + good.substr(good.rfind('.'));
     }},
    {"two_parts", "unauthenticated",
     [](const Keys& k) {
       const std::string good = k.rsa.Sign(IdClaims());
       return good.substr(0, good.rfind('.'));
     }},
    {"no_json", "unauthenticated", [](const Keys&) { return std::string("aGk.aGk.aGk"); }},
    {"padding", "unauthenticated", [](const Keys& k) { return k.rsa.Sign(IdClaims()) + "=="; }},
    {"larger_than_any", "unauthenticated",
     [](const Keys& k) {
       return k.rsa.Sign(With(IdClaims(), "filler", json::string(kMaxTokenBytes, 'x')));
     }},
};

const Row kIdTokens[] = {
    {"another_issuer", "unauthenticated", Id(Set("iss", "https://id.example.com/"))},
    {"no_issuer", "unauthenticated", Id(Without("iss"))},
    {"another_audience", "unauthenticated", Id(Set("aud", "another-client"))},
    {"several_audiences_and_the_party", "good", Id([](json::object& c) {
       c["aud"] = {"x", "latchkey-console"};
       c["azp"] = "latchkey-console";
     })},
    {"several_audiences_and_no_party", "unauthenticated",
     Id(Set("aud", {"x", "latchkey-console"}))},
    {"another_party", "unauthenticated", Id(Set("azp", "another-client"))},
    {"no_audience", "unauthenticated", Id(Without("aud"))},
    {"another_nonce", "unauthenticated", Id(Set("nonce", "n-0S6_WzA2Mk"))},
    {"no_nonce", "unauthenticated", Id(Without("nonce"))},
    {"expired", "unauthenticated", Id(Set("exp", kNow - 30))},
    {"expired_within_the_leeway", "good", Id(Set("exp", kNow - 29))},
    {"no_expiry", "unauthenticated", Id(Without("exp"))},
    {"an_expiry_that_is_no_number", "unauthenticated", Id(Set("exp", "never"))},
    {"an_expiry_beyond_all_time", "unauthenticated", Id(Set("exp", 1e300))},
    {"issued_in_the_future", "unauthenticated", Id(Set("iat", kNow + 31))},
    {"issued_within_the_leeway", "good", Id(Set("iat", kNow + 30))},
    {"decimals", "good", Id(Set("iat", kNow - 0.5))},
    {"no_time_of_issue", "unauthenticated", Id(Without("iat"))},
    {"not_yet", "unauthenticated", Id(Set("nbf", kNow + 31))},
    {"nobody", "unauthenticated", Id(Without("sub"))},
    {"a_subject_too_long", "unauthenticated", Id(Set("sub", json::string(256, 'a')))},
    {"a_subject_that_is_no_ascii", "unauthenticated", Id(Set("sub", "ad\u00e4"))},
    {"no_group_that_any_rule_knows", "forbidden", Id(Set("groups", {"printers"}))},
    {"no_groups", "forbidden", Id(Without("groups"))},
    {"no_type", "good", [](const Keys& k) { return k.rsa.Sign(IdClaims(), ""); }},
    {"an_access_token", "unauthenticated",
     [](const Keys& k) { return k.rsa.Sign(IdClaims(), "at+jwt"); }},
};

std::function<std::string(const Keys&)> Access(Change change) {
  return [=](const Keys& keys) {
    json::object claims = AccessClaims();
    change(claims);
    return keys.ec.Sign(claims, "at+jwt");
  };
}

const Row kAccessTokens[] = {
    {"good", "good", Access([](json::object&) {})},
    {"the_type_as_a_whole_media_type", "good",
     [](const Keys& k) { return k.ec.Sign(AccessClaims(), "application/AT+jwt"); }},
    {"an_id_token", "unauthenticated", [](const Keys& k) { return k.rsa.Sign(IdClaims()); }},
    {"an_id_token_for_our_audience", "unauthenticated",
     [](const Keys& k) {
       return k.rsa.Sign(With(IdClaims(), "aud", "https://console.example.com/v1"));
     }},
    {"no_type", "unauthenticated", [](const Keys& k) { return k.ec.Sign(AccessClaims(), ""); }},
    {"for_another_audience", "unauthenticated", Access(Set("aud", "https://other.example.com"))},
    {"for_several_and_us", "good", Access(Set("aud", {"x", "https://console.example.com/v1"}))},
    {"for_the_client", "unauthenticated", Access(Set("aud", "latchkey-console"))},
    {"another_issuer", "unauthenticated", Access(Set("iss", "https://evil.example.com"))},
    {"expired", "unauthenticated", Access(Set("exp", kNow - 30))},
    {"not_yet", "unauthenticated", Access(Set("nbf", kNow + 31))},
    {"no_expiry", "unauthenticated", Access(Without("exp"))},
    {"no_role", "forbidden", Access(Set("groups", "printers"))},
    {"a_key_that_is_not_known", "not_found",
     [](const Keys& k) { return k.other.Sign(AccessClaims(), "at+jwt"); }},
    {"for_another_audience_under_a_key_that_is_not_known", "unauthenticated",
     [](const Keys& k) { return k.other.Sign(With(AccessClaims(), "aud", "x"), "at+jwt"); }},
};

class IdTokens : public ::testing::TestWithParam<Row> {};
TEST_P(IdTokens, AreWorthWhatTheTableSays) {
  testing::FakeClock clock;
  const std::string token = GetParam().token(AllKeys());
  EXPECT_EQ(Word(CheckIdToken(TestConfig(), AllKeys().set, token, kNonce, clock.Now())),
            GetParam().word);
}
const auto kName = [](const auto& row) { return row.param.name; };
INSTANTIATE_TEST_SUITE_P(Signatures, IdTokens, ::testing::ValuesIn(kSignatures), kName);
INSTANTIATE_TEST_SUITE_P(Claims, IdTokens, ::testing::ValuesIn(kIdTokens), kName);

class TokensForTheApi : public ::testing::TestWithParam<Row> {};
TEST_P(TokensForTheApi, AreWorthWhatTheTableSays) {
  testing::FakeClock clock;
  const std::string token = GetParam().token(AllKeys());
  EXPECT_EQ(Word(CheckAccessToken(TestConfig(), AllKeys().set, token, clock.Now())),
            GetParam().word);
}
INSTANTIATE_TEST_SUITE_P(Claims, TokensForTheApi, ::testing::ValuesIn(kAccessTokens), kName);

TEST(Tokens, SayWhoItIsAndTheRulesWhatTheyMay) {
  testing::FakeClock clock;
  const auto ada = CheckIdToken(TestConfig(), AllKeys().set, AllKeys().rsa.Sign(IdClaims()), kNonce,
                                clock.Now());
  ASSERT_TRUE(ada);
  EXPECT_EQ(ada->issuer, "https://id.example.com");
  EXPECT_EQ(ada->subject, "ada");
  EXPECT_EQ(ada->name, "Ada");
  EXPECT_EQ(ada->role, domain::TokenRole::kHelpdesk);
  EXPECT_EQ(ada->accounts, (std::vector<std::string>{"acme", "globex"}));
  EXPECT_EQ(ada->expires, FromMicros((kNow + 300) * 1'000'000));
}

TEST(Tokens, WithoutAnAudienceNoAccessTokenIsGood) {
  testing::FakeClock clock;
  Config config = TestConfig();
  config.audience.clear();
  for (const char* audience : {"", "https://console.example.com/v1"}) {
    const std::string token = AllKeys().ec.Sign(With(AccessClaims(), "aud", audience), "at+jwt");
    EXPECT_EQ(Word(CheckAccessToken(config, AllKeys().set, token, clock.Now())), "unauthenticated");
  }
}

TEST(KeySets, PassOverWhatIsNotAccepted) {
  const Signer good(JwsAlgorithm::kRs256, "good");
  json::object encrypting = Signer(JwsAlgorithm::kRs256, "enc").Jwk();
  encrypting["use"] = "enc";
  json::object mislabelled = Signer(JwsAlgorithm::kRs256, "mis").Jwk();
  mislabelled["alg"] = "ES256";
  json::object off_curve = Signer(JwsAlgorithm::kEs256, "off").Jwk();
  off_curve["y"] = off_curve["x"];
  json::object small = good.Jwk();
  small["n"] = text::ToBase64Url("\x81" + std::string(126, '\1') + "\1");
  const json::object symmetric{{"kty", "oct"}, {"k", "c2VjcmV0"}, {"kid", "oct"}};
  const auto set = KeySet::Parse(
      KeySetOf({encrypting, mislabelled, off_curve, small, symmetric, 7, good.Jwk()}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1u);
  for (const char* bad : {"", "[]", "{}", R"({"keys":{}})", "{"}) {
    EXPECT_FALSE(KeySet::Parse(bad)) << bad;
  }
}

TEST(KeySets, LetAKeyCheckNoOtherAlgorithmThanItNames) {
  testing::FakeClock clock;
  const Signer signer(JwsAlgorithm::kRs256, "one");
  const auto word = [&](const json::object& jwk) {
    return Word(CheckIdToken(TestConfig(), KeySet::Parse(KeySetOf({jwk})).value(),
                             signer.Sign(IdClaims()), kNonce, clock.Now()));
  };
  json::object jwk = signer.Jwk();
  EXPECT_EQ(word(jwk), "good");
  jwk["alg"] = "PS256";
  EXPECT_EQ(word(jwk), "unauthenticated");
  jwk.erase("alg");
  EXPECT_EQ(word(jwk), "good");
}

TEST(KeySets, AreBounded) {
  json::array keys;
  const json::object jwk = Signer(JwsAlgorithm::kEdDsa, "one").Jwk();
  for (std::size_t i = 0; i < 2 * kMaxKeys; ++i) keys.push_back(jwk);
  EXPECT_EQ(KeySet::Parse(KeySetOf(keys))->size(), kMaxKeys);
}

}  // namespace
}  // namespace latchkey::identity
