// Signs tokens as a provider does, correctly or wrongly, and publishes its keys.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/crypto/jws.h"

struct evp_pkey_st;

namespace latchkey::testing {

class Signer {
 public:
  // A new key of the kind that `algorithm` signs with.
  Signer(crypto::JwsAlgorithm algorithm, std::string key_id);

  // The public key as a JWK with `kid`, `use` and `alg`.
  boost::json::object Jwk() const;
  // The key set of this key alone.
  std::string KeySetText() const;

  // A token whose header is `alg`, `kid` and `typ`, signed rightly. An empty typ or kid is left
  // out.
  std::string Sign(const boost::json::object& claims, std::string_view type = "JWT") const;
  // The same under a header given whole.
  std::string SignWith(const boost::json::object& header, const boost::json::object& claims) const;
  // Header and claims with an HMAC under `secret`, as HS256.
  static std::string SignHmac(const boost::json::object& header, const boost::json::object& claims,
                              std::string_view secret);
  // Header and claims, and this as the signature.
  static std::string Unsigned(const boost::json::object& header, const boost::json::object& claims,
                              std::string_view signature = "");

  boost::json::object Header(std::string_view type = "JWT") const;
  std::string PublicPem() const;

 private:
  std::string RawSignature(std::string_view data) const;

  crypto::JwsAlgorithm algorithm_;
  std::string key_id_;
  std::shared_ptr<evp_pkey_st> key_;
};

// A key set of several.
std::string KeySetOf(const boost::json::array& keys);

}  // namespace latchkey::testing
