// One CA succeeds another: the cross-certificate leads every client to the new one, by OpenSSL's
// own verification.
#include <gtest/gtest.h>

#include <chrono>

#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tests/support/fakes.h"

namespace latchkey::crypto {
namespace {

using namespace std::chrono_literals;
using Authority = CertificateAuthority;

std::string FirstDer(std::string_view pem) { return ReadCertificate(pem)->der; }

class SuccessionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Authority> Load(const Authority::Material& material) {
    auto loaded = Authority::Load(material);
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return loaded ? *std::move(loaded) : nullptr;
  }
  std::unique_ptr<Authority> Own(std::string_view name = "Acme CA") {
    return Load(Authority::Create(name, now_, random_));
  }
  std::unique_ptr<Authority> After(const Authority& ca) {
    return Load(ca.CreateSuccessor(now_, random_));
  }
  std::string Leaf(const Authority& ca) {
    return FirstDer(ca.SignServer({"localhost"}, now_, 24h, random_).certificate_pem);
  }
  std::string Cross(const Authority& by, const Authority& next) {
    const auto cross = by.CrossSign(next, now_, random_);
    EXPECT_TRUE(cross) << cross.error().detail;
    return cross.value_or("");
  }
  // The last of `chain` is trusted.
  std::string Verdict(const std::vector<std::string>& chain) const {
    return oracle::Verdict(chain, X509_PURPOSE_SSL_SERVER, now_);
  }

  const Time now_ = testing::FakeClock().Now();
  testing::SeededRandom random_;
};

TEST_F(SuccessionTest, ASuccessorHasTheNameAndAnotherKey) {
  const auto old = Own();
  const auto next = After(*old);
  EXPECT_NE(next->sha256(), old->sha256());
  EXPECT_EQ(oracle::Verdict({next->certificate_der()}, X509_PURPOSE_ANY, now_), "good");
  EXPECT_FALSE(IsIssuedBy(Leaf(*next), old->certificate_der()));
  EXPECT_TRUE(IsIssuedBy(Leaf(*next), next->certificate_der()));
  EXPECT_NE(Verdict({Leaf(*next), old->certificate_der()}), "good")
      << "not without the way between";
}

TEST_F(SuccessionTest, ClientsThatTrustEitherVerifyTheServer) {
  const auto old = Own();
  const auto next = After(*old);
  const std::string cross = Cross(*old, *next);
  EXPECT_TRUE(IsIssuedBy(cross, old->certificate_der()));
  const std::string leaf = Leaf(*next);
  EXPECT_EQ(Verdict({leaf, cross, old->certificate_der()}), "good");
  EXPECT_EQ(Verdict({leaf, next->certificate_der()}), "good");
  // Whatever else is presented, as long as the cross-certificate comes first.
  EXPECT_EQ(Verdict({leaf, cross, next->certificate_der(), old->certificate_der()}), "good");
  EXPECT_EQ(Verdict({leaf, cross, old->certificate_der(), next->certificate_der()}), "good");
}

TEST_F(SuccessionTest, LeadsOverSeveralRotations) {
  const auto first = Own();
  const auto second = After(*first);
  const auto third = After(*second);
  const std::string to_second = Cross(*first, *second);
  const std::string to_third = Cross(*second, *third);
  const std::string leaf = Leaf(*third);
  EXPECT_EQ(
      Verdict({leaf, to_third, to_second, third->certificate_der(), first->certificate_der()}),
      "good");
  EXPECT_EQ(
      Verdict({leaf, to_third, to_second, third->certificate_der(), second->certificate_der()}),
      "good");
  EXPECT_NE(Verdict({leaf, to_second, first->certificate_der()}), "good");
}

TEST_F(SuccessionTest, TheCrossCertificateEndsWithWhicheverEndsFirst) {
  const auto old = Own();
  const auto next = Load(old->CreateSuccessor(now_ + 24h * 365, random_));
  const auto facts = ReadCertificate(DerToPem(Cross(*old, *next)));
  EXPECT_EQ(facts->not_after, ReadCertificate(old->certificate_pem())->not_after);
}

TEST_F(SuccessionTest, ACaOfAnotherNameIsSignedOnlyWhereThePathMayBeLonger) {
  const auto own = Own();
  const auto other = Own("Another CA");
  const auto refused = own->CrossSign(*other, now_, random_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnusable);
}

TEST_F(SuccessionTest, NothingIsNeededForTheSameNameAndKey) {
  const Authority::Material material = Authority::Create("Acme CA", now_, random_);
  const auto ca = Load(material);
  const auto same = Load(material);
  EXPECT_EQ(Cross(*ca, *same), "");
}

TEST_F(SuccessionTest, AnIssuerInCommonIsFound) {
  const auto root = Own("Root");
  const auto one = Own("One");
  const auto two = Own("Two");
  EXPECT_TRUE(ShareAnIssuer(one->certificate_pem() + root->certificate_pem(),
                            two->certificate_pem() + root->certificate_pem()));
  EXPECT_FALSE(
      ShareAnIssuer(one->certificate_pem() + root->certificate_pem(), two->certificate_pem()));
  EXPECT_FALSE(ShareAnIssuer(one->certificate_pem(), After(*one)->certificate_pem()));
  EXPECT_FALSE(ShareAnIssuer("junk", one->certificate_pem()));
}

TEST_F(SuccessionTest, BytesThatAreNotACertificateHaveNoIssuer) {
  const auto ca = Own();
  EXPECT_FALSE(IsIssuedBy("junk", ca->certificate_der()));
  EXPECT_FALSE(IsIssuedBy(Leaf(*ca), "junk"));
  EXPECT_FALSE(IsIssuedBy(Leaf(*ca), Own()->certificate_der())) << "the same name, another key";
}

TEST_F(SuccessionTest, AServerShowsTheWayBehindItsCertificate) {
  const auto old = Own();
  const auto next = After(*old);
  const std::string bridge = DerToPem(Cross(*old, *next)) + old->certificate_pem();
  const auto served = next->SignServer({"localhost"}, now_, 24h, random_, bridge);
  const std::string leaf = DerToPem(FirstDer(served.certificate_pem));
  EXPECT_EQ(served.certificate_pem, leaf + bridge + next->certificate_pem());
}

}  // namespace
}  // namespace latchkey::crypto
