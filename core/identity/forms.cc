#include "core/identity/forms.h"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "core/base/base64.h"
#include "core/crypto/secret.h"

namespace latchkey::identity {
namespace {

std::string Encode(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

}  // namespace

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
