#include "core/identity/discovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/url/parse.hpp>

#include "core/identity/json.h"

namespace latchkey::identity {
namespace {

namespace json = boost::json;

bool IsEndpoint(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed && parsed->scheme() == "https" && !parsed->host().empty() &&
         !parsed->has_userinfo() && !parsed->has_fragment();
}

bool Lists(const json::object& metadata, std::string_view name, std::string_view value) {
  const json::value* found = metadata.if_contains({name.data(), name.size()});
  const json::array* all = found == nullptr ? nullptr : found->if_array();
  return all != nullptr && std::any_of(all->begin(), all->end(), [&](const json::value& one) {
           return one.is_string() && std::string_view(one.get_string()) == value;
         });
}

}  // namespace

std::string MetadataUrl(std::string_view issuer) {
  while (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<Metadata> ReadMetadata(const Config& config, std::string_view text) {
  const auto bad = [](std::string what) {
    return Refuse(ErrorCode::kProviderUnreachable, std::move(what));
  };
  const std::optional<json::object> object = ParseObject(text);
  if (!object) return bad("The provider's metadata are no JSON object.");
  if (TextOf(*object, "issuer") != config.issuer) {
    return bad("The provider's metadata name another issuer than the configuration.");
  }
  Metadata metadata;
  for (const auto& [name, to] : {std::pair<const char*, std::string*>{
                                     "authorization_endpoint", &metadata.authorization_endpoint},
                                 {"token_endpoint", &metadata.token_endpoint},
                                 {"jwks_uri", &metadata.jwks_uri}}) {
    *to = TextOf(*object, name).value_or("");
    if (!IsEndpoint(*to)) return bad(std::string(name) + " of the provider is no https:// URL.");
  }
  constexpr const char* kMethods = "token_endpoint_auth_methods_supported";
  metadata.secret_in_body = !Lists(*object, kMethods, "client_secret_basic") &&
                            Lists(*object, kMethods, "client_secret_post");
  const json::value* names = object->if_contains("authorization_response_iss_parameter_supported");
  metadata.names_issuer = names != nullptr && names->is_bool() && names->get_bool();
  return metadata;
}

}  // namespace latchkey::identity
