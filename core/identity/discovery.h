// The provider's metadata (OpenID Connect Discovery 1.0 §3). Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/identity/config.h"

namespace latchkey::identity {

// What the provider says of itself, once found good.
struct Metadata {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  bool secret_in_body = false;  // client_secret_post: it does not take client_secret_basic
  bool names_issuer = false;    // in answers to authorization requests (RFC 9207)
};

// Where the metadata of this issuer stand.
std::string MetadataUrl(std::string_view issuer);

// Refuses with kProviderUnreachable: another issuer than exactly the configured one, or an endpoint
// that is missing or not https.
Result<Metadata> ReadMetadata(const Config& config, std::string_view json);

}  // namespace latchkey::identity
