// Ed25519 signatures (RFC 8032) over bytes, for checkpoints.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/crypto/handles.h"
#include "core/crypto/secret.h"

namespace latchkey::crypto {

inline constexpr std::size_t kEd25519KeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

// A private key in PEM (PKCS #8) and its public half.
struct SigningKey {
  std::string public_key;  // 32 bytes
  Secret key_pem;
};
SigningKey CreateSigningKey();

// Signs with one private key. Thread-safe.
class Ed25519Signer {
 public:
  // Returns kUnusable for anything but an Ed25519 private key in PEM.
  static Result<Ed25519Signer> Load(std::string_view key_pem);

  const std::string& public_key() const { return public_key_; }  // 32 bytes
  std::string Sign(std::string_view data) const;                 // 64 bytes

 private:
  Ed25519Signer(PkeyPtr key, std::string public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}
  PkeyPtr key_;
  std::string public_key_;
};

// False also for a key or a signature of another length. Thread-safe.
bool Ed25519Verify(std::string_view public_key, std::string_view data, std::string_view signature);

}  // namespace latchkey::crypto
