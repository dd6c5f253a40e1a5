// Revocation lists, read and verified by OpenSSL.
#include "core/crypto/revocation_list.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <chrono>

#include "core/crypto/certificates.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tests/support/fakes.h"

namespace latchkey::crypto {
namespace {

using namespace std::chrono_literals;
using CrlPtr = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;

const Time kNow = testing::FakeClock().Now();  // 2026-01-01

CrlPtr ParseList(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return {d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())), X509_CRL_free};
}

std::string TextOf(const ASN1_TIME* time) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(time)),
                     static_cast<std::size_t>(ASN1_STRING_length(time)));
}

std::string HexOf(const ASN1_INTEGER* number) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(ASN1_INTEGER_to_BN(number, nullptr),
                                                          BN_free);
  const std::unique_ptr<char, void (*)(char*)> hex(BN_bn2hex(value.get()),
                                                   [](char* text) { OPENSSL_free(text); });
  return hex.get();
}

template <typename T>
T Extension(X509_CRL* list, int nid) {
  return T(static_cast<typename T::pointer>(X509_CRL_get_ext_d2i(list, nid, nullptr, nullptr)));
}

struct IntegerFree {
  void operator()(ASN1_INTEGER* number) const { ASN1_INTEGER_free(number); }
};

std::unique_ptr<CertificateAuthority> CaWith(const char* kind,
                                             const oracle::CaOptions& options = {}) {
  const PkeyPtr key = oracle::Key(kind);
  const X509Ptr certificate = oracle::Ca(key.get(), nullptr, nullptr, kNow, options);
  auto ca = CertificateAuthority::Load(
      {oracle::CertificatePem(certificate.get()), Secret(oracle::KeyPem(key.get()))});
  EXPECT_TRUE(ca);
  return ca ? *std::move(ca) : nullptr;
}

TEST(RevocationListTest, SaysWhatEndedWhenAndWhy) {
  testing::SeededRandom random;
  const auto ca = CertificateAuthority::Load(CertificateAuthority::Create("Acme CA", kNow, random));
  ASSERT_TRUE(ca);
  RevocationList list(0x1'0000'00ff, kNow, kNow + 24h);
  list.Add(std::string("\x01\xff\x00", 3), kNow - 1h, RevocationReason::kSuperseded);
  list.Add("\x7f\x01", kNow - 2h, RevocationReason::kCessationOfOperation);
  EXPECT_EQ(list.size(), 2u);
  const std::string der = (*ca)->SignRevocations(list);
  const CrlPtr parsed = ParseList(der);
  ASSERT_NE(parsed, nullptr);
  EXPECT_EQ(oracle::Written<X509_CRL>(i2d_X509_CRL, parsed.get()), der);
  EXPECT_EQ(X509_CRL_get_version(parsed.get()), X509_CRL_VERSION_2);
  const X509Ptr issuer = oracle::Parse((*ca)->certificate_der());
  EXPECT_EQ(X509_CRL_verify(parsed.get(), X509_get0_pubkey(issuer.get())), 1);
  EXPECT_EQ(X509_NAME_cmp(X509_CRL_get_issuer(parsed.get()), X509_get_subject_name(issuer.get())),
            0);
  EXPECT_EQ(TextOf(X509_CRL_get0_lastUpdate(parsed.get())), "260101000000Z");
  EXPECT_EQ(TextOf(X509_CRL_get0_nextUpdate(parsed.get())), "260102000000Z");
  const auto number =
      Extension<std::unique_ptr<ASN1_INTEGER, IntegerFree>>(parsed.get(), NID_crl_number);
  ASSERT_NE(number, nullptr);
  EXPECT_EQ(HexOf(number.get()), "01000000FF");

  STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(parsed.get());
  ASSERT_EQ(sk_X509_REVOKED_num(revoked), 2);
  const auto expect = [&](int at, const char* serial, const char* time, long reason) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(revoked, at);
    EXPECT_EQ(HexOf(X509_REVOKED_get0_serialNumber(entry)), serial);
    EXPECT_EQ(TextOf(X509_REVOKED_get0_revocationDate(entry)), time);
    const std::unique_ptr<ASN1_ENUMERATED, decltype(&ASN1_ENUMERATED_free)> code(
        static_cast<ASN1_ENUMERATED*>(
            X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)),
        ASN1_ENUMERATED_free);
    ASSERT_NE(code, nullptr);
    EXPECT_EQ(ASN1_ENUMERATED_get(code.get()), reason);
  };
  expect(0, "01FF00", "251231230000Z", CRL_REASON_SUPERSEDED);
  expect(1, "7F01", "251231220000Z", CRL_REASON_CESSATION_OF_OPERATION);
}

TEST(RevocationListTest, OfNoneHasNoEntries) {
  const auto ca = CaWith("P-256");
  const CrlPtr parsed = ParseList(ca->SignRevocations(RevocationList(1, kNow, kNow + 24h)));
  ASSERT_NE(parsed, nullptr);
  EXPECT_EQ(X509_CRL_get_REVOKED(parsed.get()), nullptr);
}

TEST(RevocationListTest, EveryKindOfCaSignsIt) {
  for (const char* kind : {"P-256", "P-384", "P-521", "RSA2048", "ED25519"}) {
    SCOPED_TRACE(kind);
    const auto ca = CaWith(kind);
    RevocationList list(1, kNow, kNow + 24h);
    list.Add("\x01", kNow, RevocationReason::kSuperseded);
    const CrlPtr parsed = ParseList(ca->SignRevocations(list));
    ASSERT_NE(parsed, nullptr);
    const X509Ptr issuer = oracle::Parse(ca->certificate_der());
    EXPECT_EQ(X509_CRL_verify(parsed.get(), X509_get0_pubkey(issuer.get())), 1);
  }
}

TEST(RevocationListTest, OnlyACaThatMaySignsIt) {
  EXPECT_TRUE(CaWith("P-256")->may_sign_revocations());
  EXPECT_TRUE(CaWith("P-256", {.key_usage = nullptr})->may_sign_revocations());
  EXPECT_FALSE(CaWith("P-256", {.key_usage = "critical,keyCertSign"})->may_sign_revocations());
}

}  // namespace
}  // namespace latchkey::crypto
