// The signatures of JSON Web Signature (RFC 7515) and the public keys that check them, as JSON Web
// Keys write them (RFC 7517, 7518, 8037). Only signatures with public keys: neither "none" nor HMAC
// exists here, so that no header can ask for them. Thread-safe: values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

struct evp_pkey_st;

namespace latchkey::crypto {

enum class JwsAlgorithm { kRs256, kRs384, kRs512, kPs256, kPs384, kPs512, kEs256, kEs384, kEdDsa };

std::string_view JwsAlgorithmName(JwsAlgorithm algorithm);  // "RS256"
// Null for any other name.
std::optional<JwsAlgorithm> JwsAlgorithmFromName(std::string_view name);

// A public key: RSA of 2048 to 4096 bits, a point on P-256 or P-384, or Ed25519. The factories
// refuse anything else with kCsrInvalid, by the same rules as ReadPublicKey. Numbers are big-endian
// bytes.
class JwsKey {
 public:
  static Result<JwsKey> Rsa(std::string_view modulus, std::string_view exponent);
  static Result<JwsKey> Point(std::string_view curve, std::string_view x,
                              std::string_view y);  // "P-256", "P-384"
  static Result<JwsKey> Ed25519(std::string_view x);

  // Whether a key of this kind signs with that algorithm: an algorithm never chooses the kind of
  // key.
  bool Fits(JwsAlgorithm algorithm) const;
  // Whether `signature` is this key's signature over `data`. False also when the algorithm does not
  // fit.
  bool Verify(JwsAlgorithm algorithm, std::string_view data, std::string_view signature) const;

 private:
  enum class Kind { kRsa, kP256, kP384, kEd25519 };
  static Result<JwsKey> Read(Kind kind, std::string_view public_key_info);
  static Kind KindFor(JwsAlgorithm algorithm);

  JwsKey(Kind kind, std::shared_ptr<evp_pkey_st> key) : kind_(kind), key_(std::move(key)) {}
  Kind kind_;
  std::shared_ptr<evp_pkey_st> key_;  // shared by threads that verify at the same time
};

}  // namespace latchkey::crypto
