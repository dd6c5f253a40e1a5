#include "core/identity/jwt.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "core/base/base64.h"
#include "core/identity/json.h"

namespace latchkey::identity {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;
using crypto::JwsKey;

std::optional<json::object> DecodeObject(std::string_view part) {
  const std::optional<std::string> text = text::FromBase64Url(part);
  return text ? ParseObject(*text) : std::nullopt;
}

// RFC 7515 §4.1.9: "application/" may be left out, and media types ignore case.
std::string TypeOf(const json::object& header) {
  constexpr std::string_view kPrefix = "application/";
  std::string type = TextOf(header, "typ").value_or("");
  std::transform(type.begin(), type.end(), type.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return type.starts_with(kPrefix) ? type.substr(kPrefix.size()) : type;
}

std::string Number(const json::object& key, std::string_view name) {
  const std::optional<std::string> text = TextOf(key, name);
  return text ? text::FromBase64Url(*text).value_or("") : "";
}

Result<JwsKey> ReadKey(const json::object& key) {
  const std::string kind = TextOf(key, "kty").value_or("");
  const std::string curve = TextOf(key, "crv").value_or("");
  if (kind == "RSA") return JwsKey::Rsa(Number(key, "n"), Number(key, "e"));
  if (kind == "EC") return JwsKey::Point(curve, Number(key, "x"), Number(key, "y"));
  if (kind == "OKP" && curve == "Ed25519") return JwsKey::Ed25519(Number(key, "x"));
  return Unauthenticated("This key is not accepted.");
}

bool IsForSignatures(const json::object& key) {
  if (const auto use = TextOf(key, "use"); use && *use != "sig") return false;
  const json::value* operations = key.if_contains("key_ops");
  if (operations == nullptr || !operations->is_array()) return true;
  const json::array& all = operations->get_array();
  return std::find(all.begin(), all.end(), json::value("verify")) != all.end();
}

}  // namespace

Error Unauthenticated(std::string detail) {
  return Refuse(ErrorCode::kUnauthenticated, std::move(detail));
}

bool LooksLikeJwt(std::string_view text) { return std::count(text.begin(), text.end(), '.') == 2; }

Result<Jwt> ParseJwt(std::string_view text, const std::vector<JwsAlgorithm>& allowed) {
  if (text.size() > kMaxTokenBytes || !LooksLikeJwt(text))
    return Unauthenticated("The token is not a signed JWT.");
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first + 1);
  const auto header = DecodeObject(text.substr(0, first));
  auto claims = DecodeObject(text.substr(first + 1, second - first - 1));
  auto signature = text::FromBase64Url(text.substr(second + 1));
  if (!header || !claims || !signature) return Unauthenticated("The token is not a signed JWT.");
  if (header->contains("crit"))
    return Unauthenticated("The token's header requires an unknown extension.");
  const auto algorithm = crypto::JwsAlgorithmFromName(TextOf(*header, "alg").value_or(""));
  if (!algorithm || std::find(allowed.begin(), allowed.end(), *algorithm) == allowed.end()) {
    return Unauthenticated("The token is signed with an algorithm that is not allowed.");
  }
  return Jwt{*algorithm,
             TextOf(*header, "kid").value_or(""),
             TypeOf(*header),
             *std::move(claims),
             text.substr(0, second),
             *std::move(signature)};
}

Result<KeySet> KeySet::Parse(std::string_view text) {
  const std::optional<json::object> document = ParseObject(text);
  const json::value* keys = document ? document->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array())
    return Unauthenticated("The provider's keys are not a JWK set.");
  KeySet set;
  for (const json::value& value : keys->get_array()) {
    if (set.size() == kMaxKeys) break;
    const json::object* object = value.if_object();
    if (object == nullptr || !IsForSignatures(*object)) continue;
    const std::optional<std::string> named = TextOf(*object, "alg");
    const auto algorithm = crypto::JwsAlgorithmFromName(named.value_or(""));
    if (named && !algorithm) continue;
    Result<JwsKey> key = ReadKey(*object);
    if (!key || (algorithm && !key->Fits(*algorithm))) continue;
    set.keys_.push_back({TextOf(*object, "kid").value_or(""), algorithm, *std::move(key)});
  }
  return set;
}

KeySet::Verdict KeySet::Verify(const Jwt& token) const {
  bool known = false;
  for (const Entry& entry : keys_) {
    if (!token.key_id.empty() && entry.id != token.key_id) continue;
    if (!token.key_id.empty()) known = true;
    if (entry.algorithm && *entry.algorithm != token.algorithm) continue;
    if (!entry.key.Fits(token.algorithm)) continue;
    known = true;
    if (entry.key.Verify(token.algorithm, token.signed_part, token.signature)) {
      return Verdict::kGood;
    }
  }
  return known ? Verdict::kBad : Verdict::kUnknownKey;
}

}  // namespace latchkey::identity
