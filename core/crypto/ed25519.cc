#include "core/crypto/ed25519.h"

#include <openssl/err.h>

#include "core/base/check.h"
#include "core/crypto/keys.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

const SignatureScheme& Scheme(evp_pkey_st* key) {
  const SignatureScheme* scheme = SchemeFor(key);
  Check(scheme != nullptr && scheme->family == KeyFamily::kEd25519, "the key is not Ed25519");
  return *scheme;
}

}  // namespace

SigningKey CreateSigningKey() {
  const PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  Check(key != nullptr, "no Ed25519 key can be made");
  Secret pem = WritePrivateKey(key.get());
  std::string public_key = Ed25519Signer::Load(pem.view())->public_key();
  return {std::move(public_key), std::move(pem)};
}

Result<Ed25519Signer> Ed25519Signer::Load(std::string_view key_pem) {
  PkeyPtr key = ReadPrivateKey(key_pem);
  std::string bytes(kEd25519KeyBytes, '\0');
  std::size_t size = bytes.size();
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                  &size) != 1 ||
      size != bytes.size()) {
    return Refuse(ErrorCode::kUnusable, "The checkpoint key is not an Ed25519 private key in PEM.");
  }
  return Ed25519Signer(std::move(key), std::move(bytes));
}

std::string Ed25519Signer::Sign(std::string_view data) const {
  return crypto::Sign(Scheme(key_.get()), key_.get(), data);
}

bool Ed25519Verify(std::string_view public_key, std::string_view data, std::string_view signature) {
  if (public_key.size() != kEd25519KeyBytes || signature.size() != kEd25519SignatureBytes) {
    return false;
  }
  const PkeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
  if (key == nullptr) {
    ERR_clear_error();
    return false;
  }
  return crypto::Verify(Scheme(key.get()), key.get(), data, signature);
}

}  // namespace latchkey::crypto
