#include "core/crypto/jws.h"

#include <array>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "core/crypto/der.h"
#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

struct Named {
  JwsAlgorithm algorithm;
  std::string_view name;
  const char* digest;  // OpenSSL's name; null for Ed25519, which hashes by itself
};

constexpr Named kAlgorithms[] = {
    {JwsAlgorithm::kRs256, "RS256", "SHA2-256"}, {JwsAlgorithm::kRs384, "RS384", "SHA2-384"},
    {JwsAlgorithm::kRs512, "RS512", "SHA2-512"}, {JwsAlgorithm::kPs256, "PS256", "SHA2-256"},
    {JwsAlgorithm::kPs384, "PS384", "SHA2-384"}, {JwsAlgorithm::kPs512, "PS512", "SHA2-512"},
    {JwsAlgorithm::kEs256, "ES256", "SHA2-256"}, {JwsAlgorithm::kEs384, "ES384", "SHA2-384"},
    {JwsAlgorithm::kEdDsa, "EdDSA", nullptr},
};

const Named& Find(JwsAlgorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];  // in the order of the enum
}

bool IsPss(JwsAlgorithm algorithm) { return Find(algorithm).name.starts_with("PS"); }

constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kP384Bytes = 48;

// AlgorithmIdentifiers of RFC 5480, RFC 8410 and RFC 3279.
constexpr std::string_view kRsaAlgorithm =
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;
constexpr std::string_view kP256Algorithm =
    "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
constexpr std::string_view kP384Algorithm =
    "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"sv;
constexpr std::string_view kEd25519Algorithm = "\x30\x05\x06\x03\x2b\x65\x70"sv;

std::string PublicKeyInfoOf(std::string_view algorithm, std::string_view key) {
  return der::Value(der::kSequence, {algorithm, der::BitString(key)});
}

}  // namespace

std::string_view JwsAlgorithmName(JwsAlgorithm algorithm) { return Find(algorithm).name; }

std::optional<JwsAlgorithm> JwsAlgorithmFromName(std::string_view name) {
  for (const Named& known : kAlgorithms) {
    if (known.name == name) return known.algorithm;
  }
  return std::nullopt;
}

Result<JwsKey> JwsKey::Read(Kind kind, std::string_view public_key_info) {
  Result<PublicKey> read = ReadPublicKey(public_key_info);
  if (!read) return read.error();
  return JwsKey(kind, std::shared_ptr<evp_pkey_st>(std::move(read->key)));
}

Result<JwsKey> JwsKey::Rsa(std::string_view modulus, std::string_view exponent) {
  return Read(Kind::kRsa,
              PublicKeyInfoOf(kRsaAlgorithm, der::Value(der::kSequence, {der::Integer(modulus),
                                                                         der::Integer(exponent)})));
}

Result<JwsKey> JwsKey::Point(std::string_view curve, std::string_view x, std::string_view y) {
  const bool p256 = curve == "P-256";
  const std::size_t bytes = p256 ? kP256Bytes : kP384Bytes;
  if ((!p256 && curve != "P-384") || x.size() != bytes || y.size() != bytes) {
    return Refuse(ErrorCode::kCsrInvalid, "This is no point on P-256 or P-384.");
  }
  const std::string point = std::string("\x04").append(x).append(y);
  return Read(p256 ? Kind::kP256 : Kind::kP384,
              PublicKeyInfoOf(p256 ? kP256Algorithm : kP384Algorithm, point));
}

Result<JwsKey> JwsKey::Ed25519(std::string_view x) {
  return Read(Kind::kEd25519, PublicKeyInfoOf(kEd25519Algorithm, x));
}

JwsKey::Kind JwsKey::KindFor(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kEs256:
      return Kind::kP256;
    case JwsAlgorithm::kEs384:
      return Kind::kP384;
    case JwsAlgorithm::kEdDsa:
      return Kind::kEd25519;
    case JwsAlgorithm::kRs256:
    case JwsAlgorithm::kRs384:
    case JwsAlgorithm::kRs512:
    case JwsAlgorithm::kPs256:
    case JwsAlgorithm::kPs384:
    case JwsAlgorithm::kPs512:
      break;
  }
  return Kind::kRsa;
}

bool JwsKey::Fits(JwsAlgorithm algorithm) const { return KindFor(algorithm) == kind_; }

bool JwsKey::Verify(JwsAlgorithm algorithm, std::string_view data,
                    std::string_view signature) const {
  if (!Fits(algorithm)) return false;
  std::string der;  // RFC 7518 §3.4 joins r and s; X9.62, which OpenSSL reads, has a SEQUENCE
  if (kind_ == Kind::kP256 || kind_ == Kind::kP384) {
    const std::size_t bytes = kind_ == Kind::kP256 ? kP256Bytes : kP384Bytes;
    if (signature.size() != 2 * bytes) return false;
    der = der::Value(der::kSequence, {der::Integer(signature.substr(0, bytes)),
                                      der::Integer(signature.substr(bytes))});
    signature = der;
  }
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;  // the context's own
  bool good = EVP_DigestVerifyInit_ex(context.get(), &settings, Find(algorithm).digest, nullptr,
                                      nullptr, key_.get(), nullptr) == 1;
  if (good && IsPss(algorithm)) {  // RFC 7518 §3.5: the salt is as long as the digest
    good = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  good = good && EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(data),
                                  data.size()) == 1;
  if (!good) ERR_clear_error();  // an error left in OpenSSL's queue would be taken for one of TLS
  return good;
}

}  // namespace latchkey::crypto
