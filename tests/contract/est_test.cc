// EST (RFC 7030): the same redemptions and renewals, in EST's form. What public clients make of it
// is in tests/e2e.
#include <memory>
#include <optional>

#include <gtest/gtest.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <boost/json/parse.hpp>

#include "api/http/limits.h"
#include "core/base/base64.h"
#include "core/crypto/certificates.h"
#include "core/crypto/pem.h"
#include "tests/contract/contract_ledger.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
namespace limits = api::limits;
using L = ContractLedger;

constexpr std::string_view kEnrol = "/.well-known/est/simpleenroll";
constexpr std::string_view kReenrol = "/.well-known/est/simplereenroll";

// The certificates of a certs-only message as PEM, as OpenSSL reads it.
std::vector<std::string> CertificatesIn(const HttpAnswer& answer) {
  std::string text = answer.body;
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  const std::optional<std::string> der = text::FromBase64(text);
  EXPECT_TRUE(der) << answer.body;
  if (!der) return {};
  const auto* bytes = reinterpret_cast<const unsigned char*>(der->data());
  const std::unique_ptr<PKCS7, decltype(&PKCS7_free)> message(
      d2i_PKCS7(nullptr, &bytes, static_cast<long>(der->size())), PKCS7_free);
  EXPECT_NE(message, nullptr);
  std::vector<std::string> found;
  if (!message || !PKCS7_type_is_signed(message.get())) return found;
  EXPECT_EQ(sk_PKCS7_SIGNER_INFO_num(message->d.sign->signer_info), 0);
  const STACK_OF(X509)* certificates = message->d.sign->cert;
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    unsigned char* out = nullptr;
    const int size = i2d_X509(sk_X509_value(certificates, i), &out);
    found.push_back(
        crypto::DerToPem({reinterpret_cast<char*>(out), static_cast<std::size_t>(size)}));
    OPENSSL_free(out);
  }
  return found;
}

HttpAnswer Enrol(const L& ledger, std::string_view key, const Identity& identity) {
  return ledger.Gateways().Send("POST", kEnrol, Pkcs10(identity), EstHeaders(key));
}
HttpAnswer Enrol(std::string_view key, const Identity& identity) {
  return Enrol(Ledger(), key, identity);
}

void ExpectText(const HttpAnswer& answer, int status, std::string_view says) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_TRUE(answer.Header("Content-Type").value_or("").starts_with("text/plain"));
  EXPECT_NE(answer.body.find(says), std::string::npos) << answer.body;
}

TEST(EstTest, TellsTheCas) {
  const HttpAnswer answer = Ledger().Gateways().Get("/.well-known/est/cacerts");
  EXPECT_EQ(answer.status, 200);
  std::string pem;
  for (const std::string& certificate : CertificatesIn(answer)) pem += certificate;
  EXPECT_EQ(pem, Ledger().Gateways().Get("/ca.pem").body);
}

TEST(EstTest, AsksForNoAttributes) {
  const HttpAnswer answer = Ledger().Gateways().Get("/.well-known/est/csrattrs");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
}

TEST(EstTest, EnrolsAndConfirmsAtOnce) {
  const Added gateway = Ledger().Add();
  Identity identity;
  const HttpAnswer answer = Enrol(gateway.key, identity);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.Header("Content-Type"), "application/pkcs7-mime; smime-type=certs-only");
  EXPECT_EQ(answer.Header("Cache-Control"), "no-store");
  const std::vector<std::string> issued = CertificatesIn(answer);
  ASSERT_EQ(issued.size(), 1u);
  identity.certificate_pem = issued[0];
  const json::object shown = Ledger().Gateways(identity).Get("/v1/self").Json();
  EXPECT_EQ(shown.at("id"), json::string(gateway.id));
  EXPECT_EQ(shown.at("registration"), "registered");
  EXPECT_EQ(shown.at("status"), "red") << "registered, and has not checked in";
  EXPECT_EQ(Ledger().Gateways(identity).Post("/v1/check-in", {}).status, 200);
  EXPECT_EQ(Enrol(gateway.key, identity).body, answer.body) << "a lost answer costs nothing";
}

TEST(EstTest, EnrolsTheMachineThatReplacesAnother) {
  const Added gateway = Ledger().Add();
  const Identity old = Ledger().Install(gateway);
  const std::string key = Ledger().Generate(gateway, true);
  EXPECT_EQ(Enrol(key, Identity()).status, 200);
  EXPECT_EQ(Ledger().Gateways(old).Get("/v1/self").Code(), "certificate_revoked");
}

TEST(EstTest, WantsTheKeyAsPassword) {
  const Added gateway = Ledger().Add();
  const Identity identity;
  HttpClient stranger = Ledger().Gateways();
  const auto enrol = [&](HttpClient& client, const std::string& authorization) {
    Headers headers = EstHeaders();
    if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
    return client.Send("POST", kEnrol, Pkcs10(identity), headers);
  };
  for (const std::string& authorization :
       {std::string(), "Bearer " + gateway.key, std::string("Basic ?"),
        "Basic " + text::ToBase64(gateway.key), "Basic " + text::ToBase64("a:b"),
        "Basic " + text::ToBase64("a:" + gateway.key + "0")}) {
    SCOPED_TRACE(authorization);
    const HttpAnswer answer = enrol(stranger, authorization);
    EXPECT_EQ(answer.status, 401) << answer.body;
    EXPECT_EQ(answer.Header("WWW-Authenticate"), R"(Basic realm="latchkey")");
    EXPECT_EQ(answer.body.find(gateway.key), std::string::npos);
  }
  static L other;
  ExpectText(Enrol(other.Add().key, identity), 401, "unknown here");
  // A certificate alone enrols nothing, whoever shows it.
  HttpClient holder = Ledger().Gateways(Ledger().Install(Ledger().Add()));
  EXPECT_EQ(enrol(holder, "").status, 401);
  // The scheme in any case, and any user name.
  EXPECT_EQ(enrol(stranger, "bAsIc " + text::ToBase64(":" + gateway.key)).status, 200);
}

TEST(EstTest, RefusesWhatTheRulesRefuse) {
  const Added gateway = Ledger().Add();
  Ledger().Install(gateway);
  ExpectText(Enrol(gateway.key, Identity()), 403, "was redeemed on");
  const Added superseded = Ledger().Add();
  Ledger().Generate(superseded);
  ExpectText(Enrol(superseded.key, Identity()), 403, "A newer key was generated");
}

TEST(EstTest, ReadsBase64AsClientsWriteIt) {
  const Added gateway = Ledger().Add();
  const auto enrol = [&](const std::string& body) {
    return Ledger().Gateways().Send("POST", kEnrol, body, EstHeaders(gateway.key));
  };
  const Identity identity;
  const std::string csr = Pkcs10(identity);
  for (const std::string& bad : {std::string("?"), identity.pair.csr_pem, csr + "="}) {
    ExpectText(enrol(bad), 400, "base64");
  }
  ExpectText(enrol("AAAA"), 403, "");
  std::string lines;
  for (std::size_t at = 0; at < csr.size(); at += 64) lines += csr.substr(at, 64) + "\r\n";
  EXPECT_EQ(enrol(lines).status, 200) << "and nothing was spent before";
}

TEST(EstTest, RenewsAsTheOtherDoorDoes) {
  const Identity holder = Ledger().Install(Ledger().Add());
  Identity next;
  HttpClient client = Ledger().Gateways(holder);
  const HttpAnswer answer = client.Send("POST", kReenrol, Pkcs10(next), EstHeaders());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(client.Send("POST", kReenrol, Pkcs10(next), EstHeaders()).body, answer.body);
  const HttpAnswer other_door = client.Post("/v1/certificate", {{"csr", next.pair.csr_pem}});
  EXPECT_EQ(other_door.status, 200);
  const std::vector<std::string> issued = CertificatesIn(answer);
  ASSERT_EQ(issued.size(), 1u);
  EXPECT_EQ(other_door.Json()["certificate"], json::string(issued[0]));
  next.certificate_pem = issued[0];
  EXPECT_EQ(Ledger().Gateways(next).Post("/v1/check-in", {}).status, 200);
  ExpectText(client.Send("POST", kReenrol, Pkcs10(Identity()), EstHeaders()), 403, "newer");
}

TEST(EstTest, RenewsNothingThatIsPending) {
  HttpClient client = Ledger().Gateways(Ledger().Redeem(Ledger().Add()));
  ExpectText(client.Send("POST", kReenrol, Pkcs10(Identity()), EstHeaders()), 403,
             "not confirmed yet");
}

// The same limits as at the other doors, in words.
TEST(EstTest, IsLimited) {
  L ledger({{}, true});
  static L other;
  const std::string guess = other.Add().key;
  for (std::uint32_t i = 0; i < limits::kKeysOfAddress.at_once; ++i) {
    ASSERT_EQ(Enrol(ledger, guess, Identity()).status, 401) << i;
  }
  const HttpAnswer limited = Enrol(ledger, guess, Identity());
  ExpectText(limited, 429, "Try again in");
  EXPECT_TRUE(limited.Header("Retry-After"));
  HttpClient stranger = ledger.Gateways();
  EXPECT_EQ(stranger.Post("/v1/registrations", {{"key", guess}}).Code(), "rate_limited")
      << "one door's attempts count at the other";

  ledger.Advance(std::chrono::minutes(5));
  HttpClient holder = ledger.Gateways(ledger.Install(ledger.Add()));
  int refused = 0;
  while (refused < 1'000 && holder.Send("POST", kReenrol, "AAAA", EstHeaders()).status == 403) {
    ++refused;
  }
  EXPECT_LT(refused, 1'000);
  ExpectText(holder.Send("POST", kReenrol, "AAAA", EstHeaders()), 429, "Try again in");
}

}  // namespace
}  // namespace latchkey::testing
