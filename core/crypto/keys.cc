#include "core/crypto/keys.h"

#include <array>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/base/check.h"
#include "core/crypto/der.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

using namespace std::string_view_literals;

// RFC 5758, RFC 4055 and RFC 8410. SHA-1 and MD5 are left out on purpose.
constexpr std::array kSchemes = {
    SignatureScheme{KeyFamily::kEcdsa, "SHA2-256",
                    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv},
    SignatureScheme{KeyFamily::kEcdsa, "SHA2-384",
                    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"sv},
    SignatureScheme{KeyFamily::kEcdsa, "SHA2-512",
                    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"sv},
    SignatureScheme{KeyFamily::kRsa, "SHA2-256",
                    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"sv},
    SignatureScheme{KeyFamily::kRsa, "SHA2-384",
                    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00"sv},
    SignatureScheme{KeyFamily::kRsa, "SHA2-512",
                    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00"sv},
    SignatureScheme{KeyFamily::kEd25519, nullptr, "\x30\x05\x06\x03\x2b\x65\x70"sv},
};

const SignatureScheme* FirstScheme(KeyFamily family, std::size_t skip = 0) {
  for (const auto& scheme : kSchemes) {
    if (scheme.family == family && skip-- == 0) return &scheme;
  }
  return nullptr;
}

}  // namespace

const SignatureScheme* FindScheme(std::string_view algorithm) {
  for (const auto& scheme : kSchemes) {
    if (scheme.algorithm == algorithm) return &scheme;
  }
  return nullptr;
}

const SignatureScheme* SchemeFor(evp_pkey_st* key) {
  std::array<char, 32> group{};
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return FirstScheme(KeyFamily::kEd25519);
    case EVP_PKEY_RSA:
      return FirstScheme(KeyFamily::kRsa);
    case EVP_PKEY_EC:
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr);
      if (group.data() == "prime256v1"sv) return FirstScheme(KeyFamily::kEcdsa);
      if (group.data() == "secp384r1"sv) return FirstScheme(KeyFamily::kEcdsa, 1);
      if (group.data() == "secp521r1"sv) return FirstScheme(KeyFamily::kEcdsa, 2);
      return nullptr;
    default:
      return nullptr;
  }
}

std::string Sign(const SignatureScheme& scheme, evp_pkey_st* key, std::string_view data) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t length = signature.size();
  Check(EVP_DigestSignInit_ex(context.get(), nullptr, scheme.digest, nullptr, nullptr, key,
                              nullptr) == 1 &&
            EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                           &length, Bytes(data), data.size()) == 1,
        "a key that could be loaded cannot sign");
  signature.resize(length);
  return signature;
}

bool Verify(const SignatureScheme& scheme, evp_pkey_st* key, std::string_view data,
            std::string_view signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool good = EVP_DigestVerifyInit_ex(context.get(), nullptr, scheme.digest, nullptr, nullptr,
                                            key, nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(data),
                                     data.size()) == 1;
  if (!good) ERR_clear_error();  // an error left in OpenSSL's queue would be taken for one of TLS
  return good;
}

PkeyPtr GenerateP256() {
  PkeyPtr key(EVP_EC_gen("P-256"));
  Check(key != nullptr, "no P-256 key can be made");
  return key;
}

PkeyPtr ReadPrivateKey(std::string_view pem) {
  PkeyPtr key(PEM_read_bio_PrivateKey(OpenText(pem).get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  return key;
}

Secret WritePrivateKey(evp_pkey_st* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));  // wiped when it is freed
  Check(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "a private key cannot be written");
  return Secret(std::string(TextOf(bio.get())));
}

std::string PublicKeyInfo(evp_pkey_st* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  Check(size > 0, "a public key cannot be written");
  std::string info(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return info;
}

std::string CommonName(std::string_view name) {
  return der::Value(
      der::kSequence,
      {der::Value(der::kSet,
                  {der::Value(der::kSequence,
                              {"\x06\x03\x55\x04\x03"sv, der::Value(der::kUtf8String, {name})})})});
}

}  // namespace latchkey::crypto
