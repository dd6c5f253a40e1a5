// The public key of a certificate as a JSON Web Key writes it (RFC 7517, 7518 §6, 8037).
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

namespace latchkey::crypto {

// `kty` and the members of that kind of key, for keys on P-256, P-384 and P-521, RSA and Ed25519.
// Empty for another key, or bytes (DER) that are not a certificate. Thread-safe.
boost::json::object JwkOf(std::string_view certificate_der);

}  // namespace latchkey::crypto
