#include <memory>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "core/base/check.h"
#include "core/crypto/der.h"
#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"
#include "core/crypto/weak_keys.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

// Contents of the AlgorithmIdentifiers of RFC 5480, RFC 8410 and RFC 3279. Comparing the bytes
// leaves no room for explicit curve parameters.
constexpr std::string_view kP256Contents =
    "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
constexpr std::string_view kP384Contents =
    "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"sv;
constexpr std::string_view kEd25519Contents = "\x06\x03\x2b\x65\x70"sv;
constexpr std::string_view kRsaContents = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;

constexpr std::size_t kEd25519Bytes = 32;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 4096;
constexpr int kMinExponentBits = 17;  // 65,537 is the smallest prime there
constexpr int kMaxExponentBits = 64;  // what OpenSSL verifies with; larger ones waste time

Error InvalidKey(std::string detail) {
  ERR_clear_error();  // an error left in OpenSSL's queue would be taken for one of TLS
  return Refuse(ErrorCode::kCsrInvalid, std::move(detail));
}

// The curve's parameters are copied from a template, which takes a third of the time of building
// them by name.
Result<PublicKey> ReadPoint(evp_pkey_st* curve, std::size_t bytes, std::string_view point) {
  if (point.size() != bytes || point[0] != kUncompressed) {
    return InvalidKey("The point of the CSR's public key must be written uncompressed.");
  }
  PkeyPtr key(EVP_PKEY_new());
  Check(EVP_PKEY_copy_parameters(key.get(), curve) == 1, "a curve cannot be copied");
  // Checks that the point is on the curve; with cofactor 1 nothing else can be wrong with it.
  if (EVP_PKEY_set1_encoded_public_key(key.get(), Bytes(point), point.size()) != 1) {
    return InvalidKey("The CSR's public key is no point on its curve.");
  }
  return PublicKey{std::move(key), KeyFamily::kEcdsa};
}

Result<PublicKey> ReadEd25519(std::string_view bytes) {
  PkeyPtr key;
  if (bytes.size() == kEd25519Bytes) {
    key.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(bytes), bytes.size()));
  }
  if (key == nullptr) return InvalidKey("The CSR's public key is no Ed25519 key.");
  if (HasSmallOrder(bytes)) {
    return InvalidKey(
        "The CSR's Ed25519 key is a point of small order, for which anyone can sign; make a new "
        "key "
        "pair.");
  }
  return PublicKey{std::move(key), KeyFamily::kEd25519};
}

PkeyPtr MakeRsa(const BIGNUM* modulus, const BIGNUM* exponent) {
  const std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  Check(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
            OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent) == 1,
        "RSA parameters cannot be built");
  const std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return PkeyPtr(key);
}

Result<PublicKey> ReadRsa(std::string_view bytes) {
  der::Reader outer(bytes);
  const auto sequence = outer.Take(der::kSequence);
  der::Reader numbers(sequence ? sequence->content : ""sv);
  const auto first = numbers.Take();
  const auto second = numbers.Take();
  const auto modulus = first ? der::PositiveInteger(*first) : std::nullopt;
  const auto exponent = second ? der::PositiveInteger(*second) : std::nullopt;
  if (!modulus || !exponent || !numbers.empty() || !outer.empty()) {
    return InvalidKey("The CSR's public key is no RSA key.");
  }
  const BignumPtr n(BN_bin2bn(Bytes(*modulus), static_cast<int>(modulus->size()), nullptr));
  const BignumPtr e(BN_bin2bn(Bytes(*exponent), static_cast<int>(exponent->size()), nullptr));
  const int bits = BN_num_bits(n.get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return InvalidKey("The CSR's RSA key has " + std::to_string(bits) +
                      " bits; it must have 2048 to 4096.");
  }
  if (!BN_is_odd(n.get()))
    return InvalidKey("The CSR's RSA key has an even modulus; make a new key pair.");
  if (!BN_is_odd(e.get()) || BN_num_bits(e.get()) < kMinExponentBits ||
      BN_num_bits(e.get()) > kMaxExponentBits) {
    return InvalidKey(
        "The CSR's RSA key has an unsafe exponent; it must be odd, from 65537 to 2^64 - 1. Use "
        "65537.");
  }
  switch (FindModulusFault(n.get())) {
    case ModulusFault::kNone:
      break;
    case ModulusFault::kSmallFactor:
      return InvalidKey(
          "The CSR's RSA key has a modulus with a prime factor below 2^20, so that its private key "
          "is easily found; make a new key pair.");
    case ModulusFault::kPrimePower:
      return InvalidKey(
          "The CSR's RSA key has a modulus that is a prime or a power of a prime, so that its "
          "private key is easily found; make a new key pair from two different primes.");
  }
  PkeyPtr key = MakeRsa(n.get(), e.get());
  if (key == nullptr) return InvalidKey("The CSR's public key is no RSA key.");
  return PublicKey{std::move(key), KeyFamily::kRsa};
}

}  // namespace

Result<PublicKey> ReadPublicKey(std::string_view public_key_info) {
  der::Reader outer(public_key_info);
  const auto sequence = outer.Take(der::kSequence);
  der::Reader inner(sequence ? sequence->content : ""sv);
  const auto algorithm = inner.Take(der::kSequence);
  const auto bits = inner.Take(der::kBitString);
  const auto key = bits ? der::BitStringBytes(*bits) : std::nullopt;
  if (!algorithm || !key || !inner.empty() || !outer.empty()) {
    return InvalidKey("The CSR holds no public key.");
  }
  if (algorithm->content == kP256Contents) {
    thread_local const PkeyPtr curve(EVP_EC_gen("P-256"));
    return ReadPoint(curve.get(), 65, *key);
  }
  if (algorithm->content == kP384Contents) {
    thread_local const PkeyPtr curve(EVP_EC_gen("P-384"));
    return ReadPoint(curve.get(), 97, *key);
  }
  if (algorithm->content == kEd25519Contents) return ReadEd25519(*key);
  if (algorithm->content == kRsaContents) return ReadRsa(*key);
  return InvalidKey(
      "The CSR's public key is of a kind that is not accepted; use P-256, P-384 (both as named "
      "curves), Ed25519 or RSA of 2048 to 4096 bits.");
}

}  // namespace latchkey::crypto
