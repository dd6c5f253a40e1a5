#include "core/identity/discovery.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "core/crypto/secret.h"
#include "core/identity/json.h"
#include "events/text.h"

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

std::string Encode(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
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

std::string EncodeForm(const Fields& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (!form.empty()) form += '&';
    form.append(Encode(name)).append("=").append(Encode(value));
  }
  return form;
}

std::string BasicAuthorization(std::string_view client_id, std::string_view secret) {
  std::string pair = Encode(client_id) + ':' + Encode(secret);
  const crypto::WipeAtEnd wipe(&pair);
  return "Authorization: Basic " + text::ToBase64(pair);
}

std::string AuthorizationUrl(const Config& config, const Metadata& metadata, std::string_view state,
                             std::string_view nonce, std::string_view challenge) {
  std::string scope;
  for (const std::string& one : config.scopes) scope.append(scope.empty() ? "" : " ").append(one);
  const bool has_query = metadata.authorization_endpoint.find('?') != std::string::npos;
  return metadata.authorization_endpoint + (has_query ? '&' : '?') +
         EncodeForm({{"response_type", "code"},
                     {"client_id", config.client_id},
                     {"redirect_uri", config.RedirectUri()},
                     {"scope", scope},
                     {"state", state},
                     {"nonce", nonce},
                     {"code_challenge", challenge},
                     {"code_challenge_method", "S256"}});
}

}  // namespace latchkey::identity
