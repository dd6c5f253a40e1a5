// What those see who verify gateways' certificates without asking the ledger.
#include <gtest/gtest.h>

#include "core/crypto/certificates.h"
#include "core/crypto/keys.h"
#include "core/crypto/pem.h"
#include "tests/contract/contract_ledger.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tools/serve/trust_publisher.h"

namespace latchkey::testing {
namespace {

namespace oracle = crypto::oracle;

std::string DerOf(std::string_view pem) { return crypto::ReadPem(pem)->front().der; }

std::string NameOf(const Added& gateway) {
  const std::string domain(
      Ledger().Management().Get("/v1/ledger").Json().at("trust_domain").as_string());
  return "spiffe://" + domain + "/account/" + Ledger().account() + "/gateway/" + gateway.id;
}

TEST(TrustedByOthers, ACertificateHasTheNameOfItsGatewayAlone) {
  const Added gateway = Ledger().Add();
  Identity identity;
  // It asks for another name, which is ignored.
  const crypto::PkeyPtr key = crypto::ReadPrivateKey(identity.pair.key_pem);
  identity.pair.csr_pem = oracle::CsrPem(oracle::CsrDer(key.get(), "SHA256"));
  const HttpAnswer redeemed = Ledger().TryRedeem(gateway.key, identity);
  ASSERT_EQ(redeemed.status, 201) << redeemed.body;
  const std::string der = DerOf(redeemed.Json().at("certificate").as_string());
  EXPECT_TRUE(crypto::IsNamedAlone(der, NameOf(gateway)));
}

TEST(TrustedByOthers, DocumentsAreKeptByTheirTag) {
  for (const char* path : {"/spiffe-bundle.json", "/crl.der"}) {
    SCOPED_TRACE(path);
    HttpClient stranger = Ledger().Gateways();
    const HttpAnswer first = stranger.Get(path);
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(first.Header("Cache-Control"), "public, max-age=60");
    const std::string tag = first.Header("ETag").value_or("");
    for (const std::string& known : {tag, "\"other\", W/" + tag, std::string("*")}) {
      const HttpAnswer same = stranger.Get(path, {{"If-None-Match", known}});
      EXPECT_EQ(same.status, 304);
      EXPECT_EQ(same.body, "");
      EXPECT_EQ(same.Header("ETag"), tag);
    }
    EXPECT_EQ(stranger.Get(path, {{"If-None-Match", "\"other\""}}).body, first.body);
    EXPECT_EQ(stranger.Send("HEAD", path).Header("ETag"), tag);
  }
}

TEST(TrustedByOthers, TheListIsMadeAgainWhenACertificateEnds) {
  const Added gateway = Ledger().Add();
  (void)Ledger().Install(gateway);
  HttpClient stranger = Ledger().Gateways();
  const std::string before = stranger.Get("/crl.der").Header("ETag").value_or("");
  EXPECT_EQ(Ledger().Management().Send("POST", "/v1/gateways/" + gateway.id + "/deregister").status,
            200);
  Ledger().AdvanceClock(tools::kRevocationsAtMostEvery);
  Ledger().Tick();
  const HttpAnswer after = stranger.Get("/crl.der", {{"If-None-Match", before}});
  EXPECT_EQ(after.status, 200);
  EXPECT_GT(after.body.size(), 0u);
}

}  // namespace
}  // namespace latchkey::testing
