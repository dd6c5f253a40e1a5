// Key pairs and signatures as certificates and signing requests use them. Only for core/crypto.
// Thread-safe: free functions; one key may sign in several threads at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/crypto/handles.h"
#include "core/crypto/secret.h"

namespace latchkey::crypto {

enum class KeyFamily { kEcdsa, kRsa, kEd25519 };

// A signature algorithm that is accepted and used here.
struct SignatureScheme {
  KeyFamily family;
  const char* digest;          // OpenSSL's name; null for Ed25519, which hashes by itself
  std::string_view algorithm;  // DER AlgorithmIdentifier
};

// The scheme of that AlgorithmIdentifier, or null.
const SignatureScheme* FindScheme(std::string_view algorithm);
// The scheme a key signs with; null for keys other than P-256, P-384, P-521, RSA and Ed25519.
const SignatureScheme* SchemeFor(evp_pkey_st* key);

std::string Sign(const SignatureScheme& scheme, evp_pkey_st* key, std::string_view data);
bool Verify(const SignatureScheme& scheme, evp_pkey_st* key, std::string_view data,
            std::string_view signature);

PkeyPtr GenerateP256();
PkeyPtr ReadPrivateKey(std::string_view pem);  // null when it is not a key, or is encrypted
Secret WritePrivateKey(evp_pkey_st* key);      // PKCS #8, PEM
std::string PublicKeyInfo(evp_pkey_st* key);   // DER SubjectPublicKeyInfo

// A valid public key, and its signature algorithm.
struct PublicKey {
  PkeyPtr key;
  KeyFamily family;
};
// Reads a DER SubjectPublicKeyInfo: P-256 or P-384 as a named curve with an uncompressed point on
// it, Ed25519 not of small order, RSA of 2048 to 4096 bits with an odd exponent of 65537 to
// 2^64 - 1 and without the faults of core/crypto/weak_keys.h (some milliseconds). Refuses with
// kCsrInvalid and the reason.
Result<PublicKey> ReadPublicKey(std::string_view public_key_info);

// Begins a point of an elliptic curve that is written uncompressed (SEC 1 §2.3.3).
inline constexpr char kUncompressed = 0x04;

// DER Name with only a common name.
std::string CommonName(std::string_view name);

}  // namespace latchkey::crypto
