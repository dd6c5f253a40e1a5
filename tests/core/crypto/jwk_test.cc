// Public keys as JSON Web Keys: the numbers are those that OpenSSL has.
#include "core/crypto/jwk.h"

#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tests/support/fakes.h"

namespace latchkey::crypto {
namespace {

std::string CertificateFor(EVP_PKEY* key) {
  const Time now = testing::FakeClock().Now();
  return oracle::Written<X509>(i2d_X509, oracle::Ca(key, nullptr, nullptr, now).get());
}

std::string Text(const boost::json::object& key, const char* member) {
  return std::string(key.at(member).as_string());
}

// A number of the key, with so many bytes; 0: as many as it has.
std::string Number(EVP_PKEY* key, const char* name, int bytes) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &number), 1);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> owned(number, BN_free);
  std::string out(static_cast<std::size_t>(bytes != 0 ? bytes : BN_num_bytes(number)), '\0');
  EXPECT_GE(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()),
                         static_cast<int>(out.size())),
            0);
  return text::ToBase64Url(out);
}

TEST(Jwk, WritesPoints) {
  const struct {
    const char* curve;
    int bytes;
  } rows[] = {{"P-256", 32}, {"P-384", 48}, {"P-521", 66}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.curve);
    const PkeyPtr key = oracle::Key(row.curve);
    const boost::json::object jwk = JwkOf(CertificateFor(key.get()));
    ASSERT_EQ(jwk.size(), 4u);
    EXPECT_EQ(Text(jwk, "kty"), "EC");
    EXPECT_EQ(Text(jwk, "crv"), row.curve);
    EXPECT_EQ(Text(jwk, "x"), Number(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, row.bytes));
    EXPECT_EQ(Text(jwk, "y"), Number(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, row.bytes));
  }
}

TEST(Jwk, WritesRsa) {
  const PkeyPtr key = oracle::Key("RSA2048");
  const boost::json::object jwk = JwkOf(CertificateFor(key.get()));
  ASSERT_EQ(jwk.size(), 3u);
  EXPECT_EQ(Text(jwk, "kty"), "RSA");
  EXPECT_EQ(Text(jwk, "n"), Number(key.get(), OSSL_PKEY_PARAM_RSA_N, 0));
  EXPECT_EQ(Text(jwk, "e"), "AQAB");
}

TEST(Jwk, WritesEd25519) {
  const PkeyPtr key = oracle::Key("ED25519");
  const boost::json::object jwk = JwkOf(CertificateFor(key.get()));
  ASSERT_EQ(jwk.size(), 3u);
  EXPECT_EQ(Text(jwk, "kty"), "OKP");
  EXPECT_EQ(Text(jwk, "crv"), "Ed25519");
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  ASSERT_EQ(
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size),
      1);
  EXPECT_EQ(Text(jwk, "x"), text::ToBase64Url(raw));
}

TEST(Jwk, IsEmptyForWhatHasNone) {
  EXPECT_TRUE(JwkOf("").empty());
  EXPECT_TRUE(JwkOf("no certificate").empty());
  const std::string whole = CertificateFor(oracle::Key("P-256").get());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(JwkOf(std::string_view(whole).substr(0, size)).empty()) << size;
  }
}

}  // namespace
}  // namespace latchkey::crypto
