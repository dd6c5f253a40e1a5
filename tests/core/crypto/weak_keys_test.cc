// Signing requests with a valid self-signature and a worthless key: only the check of the key
// refuses them.
#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/crypto/certificates.h"
#include "core/crypto/der.h"
#include "core/crypto/hash.h"
#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"
#include "core/crypto/weak_keys.h"
#include "tests/core/crypto/openssl_oracle.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;

constexpr std::string_view kRsaKey =
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;
constexpr std::string_view kRsaSha256 =
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"sv;
constexpr std::string_view kEd25519 = "\x30\x05\x06\x03\x2b\x65\x70"sv;

// CheckCsr's detail: "" when the request is valid.
std::string Verdict(std::string_view der) {
  const auto checked = CheckCsr(oracle::CsrPem(der));
  EXPECT_EQ(ERR_peek_error(), 0u);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::kCsrInvalid);
  return checked.error().detail;
}

bool Mentions(const std::string& verdict, std::string_view says) {
  return says.empty() ? verdict.empty() : verdict.find(says) != std::string::npos;
}

std::string RequestInfo(std::string_view public_key_info, std::string_view common_name) {
  return der::Value(der::kSequence,
                    {"\x02\x01\x00"sv, CommonName(common_name), public_key_info, "\xa0\x00"sv});
}

std::string Request(std::string_view info, std::string_view algorithm, std::string_view signature) {
  return der::Value(der::kSequence, {info, algorithm, der::BitString(signature)});
}

// ---- RSA

using Context = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;

BignumPtr Number(unsigned long word) {
  BignumPtr number(BN_new());
  BN_set_word(number.get(), word);
  return number;
}

// A prime with its upper two bits set, so that two of them have twice the bits, and after which an
// odd exponent has an inverse.
BignumPtr Prime(int bits, const BIGNUM* exponent) {
  const Context context(BN_CTX_new());
  const BignumPtr divisor(BN_new());
  BignumPtr prime(BN_new());
  do {
    EXPECT_EQ(BN_generate_prime_ex(prime.get(), bits, 0, nullptr, nullptr, nullptr), 1);
    const BignumPtr less(BN_dup(prime.get()));
    BN_sub_word(less.get(), 1);
    BN_gcd(divisor.get(), less.get(), exponent, context.get());
  } while (BN_is_odd(exponent) && !BN_is_one(divisor.get()));
  return prime;
}

std::string BytesOf(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

// An RSA key of any primes, equal ones side by side, and any exponent.
class RsaNumbers {
 public:
  RsaNumbers(const std::vector<const BIGNUM*>& primes, const BIGNUM* exponent)
      : exponent_(BN_dup(exponent)) {
    BN_one(modulus_.get());
    const BignumPtr totient = Number(1);
    for (std::size_t i = 0; i < primes.size(); ++i) {
      BN_mul(modulus_.get(), modulus_.get(), primes[i], context_.get());
      const BignumPtr factor(BN_dup(primes[i]));
      if (i == 0 || BN_cmp(primes[i - 1], primes[i]) != 0) BN_sub_word(factor.get(), 1);
      BN_mul(totient.get(), totient.get(), factor.get(), context_.get());
    }
    private_.reset(BN_mod_inverse(nullptr, exponent, totient.get(), context_.get()));
  }

  const BIGNUM* modulus() const { return modulus_.get(); }

  // A request signed with PKCS #1 v1.5 and SHA-256. There is no signature when the exponent has no
  // inverse; OpenSSL agrees that the signature is right whenever there is one.
  std::string SignedRequest() {
    const std::string key = der::Value(
        der::kSequence, {kRsaKey, der::BitString(der::Value(
                                      der::kSequence, {der::Integer(BytesOf(modulus_.get())),
                                                       der::Integer(BytesOf(exponent_.get()))}))});
    const std::string info = RequestInfo(key, "x");
    if (private_ == nullptr) return Request(info, kRsaSha256, "none");
    const std::string digest = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05"s +
                               "\x00\x04\x20"s + Sha256(info);
    const std::size_t bytes = static_cast<std::size_t>(BN_num_bytes(modulus_.get()));
    const std::string padded = "\x00\x01"s + std::string(bytes - digest.size() - 3, '\xff') +
                               std::string(1, '\0') + digest;
    const BignumPtr number(BN_bin2bn(Bytes(padded), static_cast<int>(padded.size()), nullptr));
    BN_mod_exp(number.get(), number.get(), private_.get(), modulus_.get(), context_.get());
    std::string signature(bytes, '\0');
    BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(signature.data()),
                 static_cast<int>(bytes));
    std::string request = Request(info, kRsaSha256, signature);
    ExpectGoodSignature(request);
    return request;
  }

 private:
  static void ExpectGoodSignature(const std::string& request) {
    const auto* at = reinterpret_cast<const unsigned char*>(request.data());
    const RequestPtr read(d2i_X509_REQ(nullptr, &at, static_cast<long>(request.size())));
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(X509_REQ_verify(read.get(), X509_REQ_get0_pubkey(read.get())), 1);
  }

  const Context context_{BN_CTX_new()};
  const BignumPtr modulus_{BN_new()};
  const BignumPtr exponent_;
  BignumPtr private_;
};

struct Modulus {
  std::string name;
  std::vector<unsigned long> small;  // prime factors below 2^21
  std::vector<int> large;            // bits of further ones; the same bits are the same prime
  std::string says;                  // "" for what is taken
};

void PrintTo(const Modulus& row, std::ostream* out) { *out << row.name; }

class ModulusTest : public ::testing::TestWithParam<Modulus> {};

TEST_P(ModulusTest, IsJudgedByItsFactors) {
  const Modulus& row = GetParam();
  const BignumPtr exponent = Number(65'537);
  std::vector<BignumPtr> made;
  std::vector<const BIGNUM*> factors;
  for (const unsigned long prime : row.small) made.push_back(Number(prime));
  for (std::size_t i = 0; i < row.large.size(); ++i) {
    const bool same = i > 0 && row.large[i - 1] == row.large[i];
    made.push_back(same ? BignumPtr(BN_dup(made.back().get()))
                        : Prime(row.large[i], exponent.get()));
  }
  for (const BignumPtr& factor : made) factors.push_back(factor.get());
  RsaNumbers key(factors, exponent.get());
  ASSERT_GE(BN_num_bits(key.modulus()), 2'048);
  const std::string verdict = Verdict(key.SignedRequest());
  EXPECT_TRUE(Mentions(verdict, row.says)) << verdict;
}

const Modulus kModuli[] = {
    {"two_primes", {}, {1025, 1024}, ""},
    {"two_primes_of_4096", {}, {2047, 2049}, ""},
    {"two_unlike_primes", {}, {400, 1649}, ""},
    {"three_primes", {}, {700, 701, 702}, ""},
    {"one_prime", {}, {2048}, "a prime or a power of a prime"},
    {"one_prime_of_3072", {}, {3072}, "a prime or a power of a prime"},
    {"a_square", {}, {1024, 1024}, "a prime or a power of a prime"},
    {"a_cube", {}, {700, 700, 700}, "a prime or a power of a prime"},
    {"three_and_a_prime", {3}, {2048}, "factor below 2^20"},
    {"five_and_two_primes", {5}, {1024, 1025}, "factor below 2^20"},
    {"the_last_below_2_20", {1'048'573}, {2030}, "factor below 2^20"},
    {"the_first_above_2_20", {1'048'583}, {2030}, ""},
    {"a_prime_amid_the_rest", {524'287}, {1016, 1015}, "factor below 2^20"},
    {"small_ones_alone", std::vector<unsigned long>(110, 1'048'573), {}, "factor below 2^20"},
};

INSTANTIATE_TEST_SUITE_P(Kinds, ModulusTest, ::testing::ValuesIn(kModuli),
                         [](const auto& row) { return row.param.name; });

TEST(ModulusFault, KnowsPrimesAllOverTheRange) {
  const BignumPtr exponent = Number(65'537);
  const BignumPtr large = Prime(2047, exponent.get());
  const BignumPtr modulus(BN_new());
  const Context context(BN_CTX_new());
  for (const unsigned long n : {3UL, 5UL, 7UL, 541UL, 10'007UL, 65'537UL, 104'729UL, 350'377UL,
                                700'001UL, 999'983UL, 1'048'571UL, 1'048'573UL}) {
    BN_mul(modulus.get(), large.get(), Number(n).get(), context.get());
    EXPECT_EQ(FindModulusFault(modulus.get()), ModulusFault::kSmallFactor) << n;
  }
}

struct Exponent {
  std::string name;
  std::string big_endian;
  std::string says;
};

void PrintTo(const Exponent& row, std::ostream* out) { *out << row.name; }

class ExponentTest : public ::testing::TestWithParam<Exponent> {};

TEST_P(ExponentTest, IsTakenFrom65537To64Bits) {
  const std::string& bytes = GetParam().big_endian;
  const BignumPtr exponent(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
  const BignumPtr p = Prime(1024, exponent.get());
  const BignumPtr q = Prime(1025, exponent.get());
  const std::string verdict =
      Verdict(RsaNumbers({p.get(), q.get()}, exponent.get()).SignedRequest());
  EXPECT_TRUE(Mentions(verdict, GetParam().says)) << verdict;
}

const Exponent kExponents[] = {
    {"one", "\x01", "exponent"},
    {"two", "\x02", "exponent"},
    {"three", "\x03", "exponent"},
    {"seventeen", "\x11", "exponent"},
    {"below_the_bound", "\xff\xff", "exponent"},  // 65,535
    {"even_at_the_bound", "\x01\x00\x00"s, "exponent"},
    {"at_the_bound", "\x01\x00\x01"s, ""},
    {"even_above_it", "\x01\x00\x02"s, "exponent"},
    {"of_33_bits", "\x01\x00\x00\x00\x0f"s, ""},
    {"of_64_bits", "\xff\xff\xff\xff\xff\xff\xff\xc5", ""},
    {"of_65_bits", "\x01\x00\x00\x00\x00\x00\x00\x00\x0d"s, "exponent"},
    {"of_512_bits", std::string(64, '\xfd'), "exponent"},
};

INSTANTIATE_TEST_SUITE_P(Values, ExponentTest, ::testing::ValuesIn(kExponents),
                         [](const auto& row) { return row.param.name; });

// ---- Ed25519

std::string Unhex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// A request for a point of small order, with a signature that holds: with S = 0, R has only to be
// minus the digest times the point, which is again one of the eight.
std::optional<std::string> SmallOrderRequest(const std::string& point,
                                             const std::vector<std::string>& points) {
  const std::string key = der::Value(der::kSequence, {kEd25519, der::BitString(point)});
  const PkeyPtr public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(point), point.size()));
  for (int i = 0; i < 64; ++i) {
    const std::string info = RequestInfo(key, std::to_string(i));
    for (const std::string& r : points) {
      const std::string signature = r + std::string(32, '\0');
      if (Verify(*FindScheme(kEd25519), public_key.get(), info, signature)) {
        return Request(info, kEd25519, signature);
      }
    }
  }
  return std::nullopt;
}

struct Point {
  std::string name;
  std::string y;  // hex, without the sign of x
};

TEST(SmallOrder, IsRefusedInEveryEncoding) {
  const std::string ff(60, 'f');
  const Point rows[] = {
      {"order 4", std::string(64, '0')},
      {"order 1", "01" + std::string(62, '0')},
      {"order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
      {"order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
      {"order 2", "ec" + ff + "7f"},
      {"order 4, not canonical", "ed" + ff + "7f"},
      {"order 1, not canonical", "ee" + ff + "7f"},
  };
  std::vector<std::string> points;
  for (const Point& row : rows) {
    for (const int sign : {0, 0x80}) {
      points.push_back(Unhex(row.y));
      points.back().back() = static_cast<char>(points.back().back() | sign);
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    SCOPED_TRACE(rows[i / 2].name + (i % 2 == 0 ? "" : ", x negative"));
    EXPECT_TRUE(HasSmallOrder(points[i]));
    const auto request = SmallOrderRequest(points[i], points);
    ASSERT_TRUE(request) << "nobody can sign for it";
    const std::string verdict = Verdict(*request);
    EXPECT_TRUE(Mentions(verdict, "small order")) << verdict;
  }
}

TEST(SmallOrder, IsNotThatOfOtherPoints) {
  const std::string base = "58" + std::string(62, '6');
  for (const std::string& hex :
       {base, "02" + std::string(62, '0'), "00" + std::string(60, '0') + "01",
        "eb" + std::string(60, 'f') + "7f", "ef" + std::string(60, 'f') + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc04"s}) {
    EXPECT_FALSE(HasSmallOrder(Unhex(hex))) << hex;
  }
  EXPECT_FALSE(HasSmallOrder(""));
  EXPECT_FALSE(HasSmallOrder(std::string(31, '\0')));
}

}  // namespace
}  // namespace latchkey::crypto
