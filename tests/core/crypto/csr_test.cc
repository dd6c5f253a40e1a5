#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/base64.h"
#include "core/crypto/certificates.h"
#include "core/crypto/der.h"
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "tests/core/crypto/openssl_oracle.h"
#include "tests/support/fakes.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;
using oracle::CsrDer;
using oracle::CsrPem;
using oracle::Key;

std::string Spki(EVP_PKEY* key) { return oracle::Written<EVP_PKEY>(i2d_PUBKEY, key); }

// Refused with the right code and a message, and with nothing left in OpenSSL's error queue.
void ExpectRefused(std::string_view pem, std::string_view says = "") {
  const auto checked = CheckCsr(pem);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kCsrInvalid);
  EXPECT_NE(checked.error().detail.find(says), std::string::npos) << checked.error().detail;
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// A request in DER with any public key and an invalid signature.
std::string Unsigned(std::string_view spki, std::string_view algorithm) {
  const std::string info =
      der::Value(der::kSequence, {"\x02\x01\x00"sv, CommonName("x"), spki, "\xa0\x00"sv});
  return der::Value(der::kSequence, {info, algorithm, der::BitString("none")});
}

const std::string_view kEcdsaSha256 =
    FindScheme("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv)->algorithm;

struct Good {
  const char* key;
  const char* digest;
};

class CheckCsrGoodTest : public ::testing::TestWithParam<Good> {};

TEST_P(CheckCsrGoodTest, IsTakenWithItsOwnPublicKey) {
  const PkeyPtr key = Key(GetParam().key);
  const std::string pem = CsrPem(CsrDer(key.get(), GetParam().digest));
  const auto checked = CheckCsr(pem);
  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->public_key_info, Spki(key.get()));
  EXPECT_EQ(checked->public_key_sha256, Sha256(Spki(key.get())));
  EXPECT_EQ(CsrPublicKeySha256(pem), checked->public_key_sha256);
}

TEST_P(CheckCsrGoodTest, IsRefusedWhenAnotherKeySignedIt) {
  const PkeyPtr key = Key(GetParam().key);
  const bool rsa = std::string_view(GetParam().key).starts_with("RSA");
  const PkeyPtr other = Key(rsa ? "RSA2048" : GetParam().key, 1);
  ExpectRefused(CsrPem(CsrDer(key.get(), GetParam().digest, other.get())), "signature");
}

INSTANTIATE_TEST_SUITE_P(Kinds, CheckCsrGoodTest,
                         ::testing::Values(Good{"P-256", "SHA256"}, Good{"P-256", "SHA384"},
                                           Good{"P-256", "SHA512"}, Good{"P-384", "SHA256"},
                                           Good{"P-384", "SHA384"}, Good{"ED25519", nullptr},
                                           Good{"RSA2048", "SHA256"}, Good{"RSA2048", "SHA384"},
                                           Good{"RSA3072", "SHA512"}, Good{"RSA4096", "SHA256"}),
                         [](const auto& test) {
                           std::string name = std::string(test.param.key) + "_" +
                                              (test.param.digest ? test.param.digest : "pure");
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct Bad {
  const char* name;
  const char* key;
  const char* digest;
  bool pss;
  const char* says;
};

class CheckCsrBadTest : public ::testing::TestWithParam<Bad> {};

TEST_P(CheckCsrBadTest, IsRefusedWithTheReason) {
  const Bad& row = GetParam();
  const PkeyPtr key = Key(row.key);
  const std::string pem = CsrPem(CsrDer(key.get(), row.digest, nullptr, row.pss));
  ExpectRefused(pem, row.says);
  EXPECT_EQ(CsrPublicKeySha256(pem), Sha256(Spki(key.get())));  // whether or not the key is valid
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, CheckCsrBadTest,
    ::testing::Values(Bad{"p521", "P-521", "SHA512", false, "kind"},
                      Bad{"p224", "P-224", "SHA256", false, "kind"},
                      Bad{"secp256k1", "secp256k1", "SHA256", false, "kind"},
                      Bad{"ed448", "ED448", nullptr, false, "kind"},
                      Bad{"rsa1024", "RSA1024", "SHA256", false, "1024 bits"},
                      Bad{"ecdsa_sha1", "P-256", "SHA1", false, "signed in a way"},
                      Bad{"ecdsa_sha224", "P-256", "SHA224", false, "signed in a way"},
                      Bad{"rsa_sha1", "RSA2048", "SHA1", false, "signed in a way"},
                      Bad{"rsa_md5", "RSA2048", "MD5", false, "signed in a way"},
                      Bad{"rsa_pss", "RSA2048", "SHA256", true, "signed in a way"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CheckCsr, RefusesExplicitCurveParameters) {
  const PkeyPtr key = Key("P-256");
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING,
                                           OSSL_PKEY_EC_ENCODING_EXPLICIT),
            1);
  ASSERT_GT(Spki(key.get()).size(), 200u);
  ExpectRefused(CsrPem(CsrDer(key.get(), "SHA256")), "named curves");
}

TEST(CheckCsr, RefusesACompressedPoint) {
  const PkeyPtr key = Key("P-256");
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                           OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED),
            1);
  ASSERT_EQ(Spki(key.get()).size(), 59u);
  ExpectRefused(CsrPem(CsrDer(key.get(), "SHA256")), "uncompressed");
}

TEST(CheckCsr, RefusesPointsOffTheCurve) {
  const std::string good = Spki(Key("P-256").get());
  const std::string head = good.substr(0, good.size() - 64);
  const std::string prime =
      "\xff\xff\xff\xff\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s;
  std::string moved = good;
  moved.back() = static_cast<char>(moved.back() ^ 1);
  for (const std::string& info :
       {moved, head + std::string(64, '\0'), head + std::string(64, '\xff'),
        head + prime + good.substr(good.size() - 32),
        head + good.substr(good.size() - 64, 32) + prime}) {
    ExpectRefused(CsrPem(Unsigned(info, kEcdsaSha256)), "no point on its curve");
  }
  // The point at infinity is one zero byte.
  const std::string infinity =
      der::Value(der::kSequence, {good.substr(2, 21), der::BitString("\0"sv)});
  ExpectRefused(CsrPem(Unsigned(infinity, kEcdsaSha256)), "uncompressed");
}

std::string RsaInfo(const std::string& modulus, const std::string& exponent) {
  constexpr std::string_view kRsa =
      "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;
  return der::Value(der::kSequence,
                    {kRsa, der::BitString(der::Value(
                               der::kSequence, {der::Integer(modulus), der::Integer(exponent)}))});
}

TEST(CheckCsr, RefusesUnsafeRsaNumbers) {
  const std::string modulus = std::string(255, '\xa5') + "\xa7";  // odd, 2048 bits
  const std::string even = std::string(255, '\xa5') + "\xa6";
  const std::string safe = "\x01\x00\x01"s;
  const std::pair<std::string, const char*> rows[] = {
      {RsaInfo(modulus, "\x03"), "exponent"},
      {RsaInfo(modulus, "\x01"), "exponent"},
      {RsaInfo(modulus, "\x01\x00\x00"s), "exponent"},
      {RsaInfo(modulus, std::string(9, '\x01')), "exponent"},
      {RsaInfo(modulus, modulus), "exponent"},
      {RsaInfo(modulus, "\0"s), "no RSA key"},
      {RsaInfo(even, safe), "even modulus"},
      {RsaInfo(std::string(1024, '\xff'), safe), "8192 bits"},
      {RsaInfo("\x01" + std::string(512, '\xff'), safe), "4097 bits"},
      {RsaInfo("\x7f" + std::string(255, '\xff'), safe), "2047 bits"},
      {RsaInfo("\x03", safe), "2 bits"},
      {Spki(Key("RSA2048").get()), "signed in a way"},  // now only the signature is wrong
  };
  for (const auto& [info, says] : rows) ExpectRefused(CsrPem(Unsigned(info, kEcdsaSha256)), says);
}

class CheckCsrFormTest : public ::testing::Test {
 protected:
  const PkeyPtr key_ = Key("P-256");
  const std::string der_ = CsrDer(key_.get(), "SHA256");
  const std::string pem_ = CsrPem(der_);
};

TEST_F(CheckCsrFormTest, ReadsTheFormsThatToolsWrite) {
  std::string crlf;
  for (const char c : pem_) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const std::string body = text::ToBase64(der_);
  for (const std::string& pem :
       {pem_, crlf, "Certificate Request:\n  Data:\n" + pem_ + "\n\n",
        WritePem("NEW CERTIFICATE REQUEST", der_),
        "-----BEGIN CERTIFICATE REQUEST-----\n" + body + "\n-----END CERTIFICATE REQUEST-----"}) {
    EXPECT_TRUE(CheckCsr(pem)) << pem;
  }
}

TEST_F(CheckCsrFormTest, RefusesOtherForms) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "one PEM block"},
      {"hello", "one PEM block"},
      {der_, "one PEM block"},
      {pem_ + pem_, "there are 2"},
      {WritePem("CERTIFICATE", der_), "must be a CERTIFICATE REQUEST"},
      {WritePem("PRIVATE KEY", der_), "must be a CERTIFICATE REQUEST"},
      {pem_.substr(0, pem_.size() - 10), "no valid PEM"},
      {pem_.substr(0, 60), "no valid PEM"},
      {"-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n", "no valid PEM"},
      {"-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----\n",
       "no valid PEM"},
      {CsrPem(der_ + "x"), "PKCS #10"},
      {CsrPem(std::string("\x30\x80", 2) + der_.substr(4) + std::string(2, '\0')), "PKCS #10"},
      {CsrPem("junk"), "PKCS #10"},
      {std::string(16 * 1024, ' ') + pem_, "16 KiB"},
  };
  for (const auto& [pem, says] : rows) {
    ExpectRefused(pem, says);
    EXPECT_FALSE(CsrPublicKeySha256(pem)) << says;
  }
}

TEST_F(CheckCsrFormTest, RefusesEveryBitFlip) {
  for (std::size_t bit = 0; bit < der_.size() * 8; ++bit) {
    std::string flipped = der_;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    SCOPED_TRACE(bit);
    ExpectRefused(CsrPem(flipped));
  }
}

TEST_F(CheckCsrFormTest, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < der_.size(); ++size)
    ExpectRefused(CsrPem(der_.substr(0, size)));
}

TEST_F(CheckCsrFormTest, SurvivesAnyBytes) {
  testing::SeededRandom random;
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes = der_;
    for (std::uint64_t change = 1 + random.Below(8); change > 0; --change) {
      const std::size_t at = random.Below(bytes.size());
      if (random.Below(2) == 0) bytes[at] = random.Bytes(1)[0];
      if (random.Below(8) == 0) bytes.erase(at, random.Below(40));
      if (bytes.empty()) bytes = der_;
    }
    if (bytes != der_) ExpectRefused(CsrPem(bytes));
    std::string pem = pem_;
    for (int i = 0; i < 4; ++i) pem[random.Below(pem.size())] = random.Bytes(1)[0];
    static_cast<void>(CheckCsr(pem));  // may still be valid: base64 has redundant characters
  }
}

TEST(CreateCsr, IsGoodForOpensslToo) {
  for (const char* kind : {"P-256", "P-384", "ED25519", "RSA2048"}) {
    const PkeyPtr key = Key(kind);
    const auto pem = CreateCsr(oracle::KeyPem(key.get()), "gw_00000001");
    ASSERT_TRUE(pem);
    EXPECT_TRUE(CheckCsr(*pem)) << kind;
    const auto blocks = ReadPem(*pem);
    const auto* at = reinterpret_cast<const unsigned char*>(blocks->front().der.data());
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(
        d2i_X509_REQ(nullptr, &at, static_cast<long>(blocks->front().der.size())), X509_REQ_free);
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())), 1);
    char name[65] = {};
    X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, name, 65);
    EXPECT_STREQ(name, "gw_00000001");
  }
}

TEST(CreateCsr, TakesANewKeyAndRefusesAnythingElse) {
  const Secret key = CreateGatewayKey();
  EXPECT_TRUE(CheckCsr(*CreateCsr(key.view(), "x")));
  for (const std::string& bad :
       {std::string(), "junk"s, oracle::KeyPem(Key("P-256").get(), "password"),
        oracle::KeyPem(Key("ED448").get())}) {
    const auto csr = CreateCsr(bad, "x");
    ASSERT_FALSE(csr);
    EXPECT_EQ(csr.error().code, ErrorCode::kUnusable);
  }
}

}  // namespace
}  // namespace latchkey::crypto
