// The provider's metadata (OpenID Connect Discovery 1.0 §3) and the forms that it is sent. Only for
// core/identity. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/identity/provider.h"

namespace latchkey::identity {

// Where the metadata of this issuer stand.
std::string MetadataUrl(std::string_view issuer);

// Refuses with kProviderUnreachable: another issuer than exactly the configured one, or an endpoint
// that is missing or not https.
Result<Metadata> ReadMetadata(const Config& config, std::string_view json);

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
std::string EncodeForm(const Fields& fields);  // application/x-www-form-urlencoded

// `Authorization: Basic …` of a client (RFC 6749 §2.3.1).
std::string BasicAuthorization(std::string_view client_id, std::string_view secret);

}  // namespace latchkey::identity
