// Requests to the provider: the URL that a browser is sent to, and the form for the token endpoint.
// Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/identity/config.h"
#include "core/identity/discovery.h"

namespace latchkey::identity {

// The address that a browser is sent to (OpenID Connect Core §3.1.2.1).
std::string AuthorizationUrl(const Config& config, const Metadata& metadata, std::string_view state,
                             std::string_view nonce, std::string_view challenge);

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
std::string EncodeForm(const Fields& fields);  // application/x-www-form-urlencoded

// `Authorization: Basic …` of a client (RFC 6749 §2.3.1).
std::string BasicAuthorization(std::string_view client_id, std::string_view secret);

}  // namespace latchkey::identity
