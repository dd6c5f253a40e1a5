#include "tests/core/identity/signer.h"

#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <boost/json/serialize.hpp>

#include "core/base/base64.h"
#include "core/base/check.h"
#include "core/crypto/hash.h"

namespace latchkey::testing {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;

constexpr unsigned kRsaBits = 2048;

evp_pkey_st* Generate(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kEs256:
      return EVP_EC_gen("P-256");
    case JwsAlgorithm::kEs384:
      return EVP_EC_gen("P-384");
    case JwsAlgorithm::kEdDsa:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    default:
      return EVP_RSA_gen(kRsaBits);
  }
}

const EVP_MD* DigestOf(JwsAlgorithm algorithm) {
  const std::string_view name = crypto::JwsAlgorithmName(algorithm);
  if (name == "EdDSA") return nullptr;
  if (name.ends_with("384")) return EVP_sha384();
  return name.ends_with("512") ? EVP_sha512() : EVP_sha256();
}

std::string NumberOf(evp_pkey_st* key, const char* name, int bytes = 0) {
  BIGNUM* number = nullptr;
  Check(EVP_PKEY_get_bn_param(key, name, &number) == 1, "a key without that number");
  std::string out(static_cast<std::size_t>(bytes == 0 ? BN_num_bytes(number) : bytes), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(number);
  return text::ToBase64Url(out);
}

std::string Encode(const json::object& object) {
  return text::ToBase64Url(json::serialize(object));
}

// r and s, each as long as the curve's field.
std::string Joined(std::string_view der, int bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string out(static_cast<std::size_t>(2 * bytes), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), to, bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), to + bytes, bytes);
  ECDSA_SIG_free(signature);
  return out;
}

}  // namespace

Signer::Signer(JwsAlgorithm algorithm, std::string key_id)
    : algorithm_(algorithm),
      key_id_(std::move(key_id)),
      key_(Generate(algorithm), &EVP_PKEY_free) {}

json::object Signer::Jwk() const {
  json::object jwk{{"use", "sig"}, {"alg", crypto::JwsAlgorithmName(algorithm_)}};
  if (!key_id_.empty()) jwk["kid"] = key_id_;
  if (algorithm_ == JwsAlgorithm::kEdDsa) {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = text::ToBase64Url(raw);
  } else if (algorithm_ == JwsAlgorithm::kEs256 || algorithm_ == JwsAlgorithm::kEs384) {
    const int bytes = algorithm_ == JwsAlgorithm::kEs256 ? 32 : 48;
    jwk["kty"] = "EC";
    jwk["crv"] = bytes == 32 ? "P-256" : "P-384";
    jwk["x"] = NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, bytes);
    jwk["y"] = NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, bytes);
  } else {
    jwk["kty"] = "RSA";
    jwk["n"] = NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    jwk["e"] = NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  }
  return jwk;
}

std::string Signer::KeySetText() const { return KeySetOf({Jwk()}); }

json::object Signer::Header(std::string_view type) const {
  json::object header{{"alg", crypto::JwsAlgorithmName(algorithm_)}};
  if (!key_id_.empty()) header["kid"] = key_id_;
  if (!type.empty()) header["typ"] = type;
  return header;
}

std::string Signer::Sign(const json::object& claims, std::string_view type) const {
  return SignWith(Header(type), claims);
}

std::string Signer::SignWith(const json::object& header, const json::object& claims) const {
  const std::string data = Encode(header) + "." + Encode(claims);
  return data + "." + text::ToBase64Url(RawSignature(data));
}

std::string Signer::SignHmac(const json::object& header, const json::object& claims,
                             std::string_view secret) {
  const std::string data = Encode(header) + "." + Encode(claims);
  return data + "." + text::ToBase64Url(crypto::HmacSha256(secret, data));
}

std::string Signer::Unsigned(const json::object& header, const json::object& claims,
                             std::string_view signature) {
  return Encode(header) + "." + Encode(claims) + "." + text::ToBase64Url(signature);
}

std::string Signer::PublicPem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key_.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string Signer::RawSignature(std::string_view data) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* settings = nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t size = signature.size();
  bool good =
      EVP_DigestSignInit(context, &settings, DigestOf(algorithm_), nullptr, key_.get()) == 1;
  if (crypto::JwsAlgorithmName(algorithm_).starts_with("PS")) {
    good = good && EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  good = good && EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                                bytes, data.size()) == 1;
  EVP_MD_CTX_free(context);
  Check(good, "a test's own key cannot sign");
  signature.resize(size);
  if (algorithm_ == JwsAlgorithm::kEs256) return Joined(signature, 32);
  if (algorithm_ == JwsAlgorithm::kEs384) return Joined(signature, 48);
  return signature;
}

std::string KeySetOf(const json::array& keys) {
  return json::serialize(json::object{{"keys", keys}});
}

}  // namespace latchkey::testing
