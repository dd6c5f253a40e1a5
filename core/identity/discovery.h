// The provider's metadata (OpenID Connect Discovery 1.0 §3). Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/identity/config.h"

namespace latchkey::identity {

// The provider's metadata, once checked.
struct Metadata {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  bool secret_in_body = false;  // client_secret_post, as client_secret_basic is refused
  bool names_issuer = false;    // in answers to authorization requests (RFC 9207)
};

// The URL of this issuer's metadata.
std::string MetadataUrl(std::string_view issuer);

// Refuses with kProviderUnreachable: the issuer is not exactly the configured one, or an endpoint
// is missing or not https.
Result<Metadata> ReadMetadata(const Config& config, std::string_view json);

}  // namespace latchkey::identity
