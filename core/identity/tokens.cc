#include "core/identity/tokens.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "core/crypto/hash.h"
#include "core/identity/json.h"

namespace latchkey::identity {
namespace {

namespace json = boost::json;

// RFC 9068 §2.1.
constexpr std::string_view kAccessTokenType = "at+jwt";
constexpr std::string_view kIdTokenType = "jwt";

constexpr std::size_t kMaxSubjectChars = 255;    // OpenID Connect Core §2
constexpr double kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

// NumericDate of RFC 7519 §2; decimals are allowed.
std::optional<Time> DateOf(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double epoch_seconds = value->to_number<double>();
  if (!(epoch_seconds >= 0 && epoch_seconds <= kLastSecond)) return std::nullopt;
  return FromMicros(static_cast<std::int64_t>(std::floor(epoch_seconds)) * 1'000'000);
}

std::vector<std::string> Audiences(const json::object& claims) {
  std::vector<std::string> all;
  const json::value* value = claims.if_contains("aud");
  if (value == nullptr) return all;
  if (value->is_string()) all.emplace_back(value->get_string());
  if (const json::array* array = value->if_array()) {
    for (const json::value& one : *array) {
      if (one.is_string()) all.emplace_back(one.get_string());
    }
  }
  return all;
}

bool Contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Status CheckSignature(const KeySet& keys, const Jwt& token) {
  switch (keys.Verify(token)) {
    case KeySet::Verdict::kGood:
      return {};
    case KeySet::Verdict::kUnknownKey:
      return Refuse(ErrorCode::kNotFound, "The token is signed with an unknown key.");
    case KeySet::Verdict::kBad:
      break;
  }
  return Unauthenticated("The token's signature is wrong.");
}

Status CheckTimes(const json::object& claims, Time now) {
  const std::optional<Time> expires = DateOf(claims, "exp");
  const std::optional<Time> issued = DateOf(claims, "iat");
  if (!expires || !issued) return Unauthenticated("The token does not say when it is valid.");
  if (now >= *expires + kClockLeeway) return Unauthenticated("The token has expired.");
  if (*issued > now + kClockLeeway) return Unauthenticated("The token was issued in the future.");
  if (!claims.contains("nbf")) return {};
  const std::optional<Time> begins = DateOf(claims, "nbf");
  return begins && *begins <= now + kClockLeeway ? Status()
                                                 : Unauthenticated("The token is not valid yet.");
}

Status CheckIssuer(const Config& config, const json::object& claims) {
  if (TextOf(claims, "iss") == config.issuer) return {};
  return Unauthenticated("The token is of another issuer.");
}

// The claims of an ID token that bind it to us, and to this one sign-in.
Status CheckIdClaims(const Config& config, const Jwt& token, std::string_view nonce) {
  if (!token.type.empty() && token.type != kIdTokenType)
    return Unauthenticated("This is not an ID token.");
  const std::vector<std::string> audiences = Audiences(token.claims);
  if (!Contains(audiences, config.client_id))
    return Unauthenticated("The token is for another client.");
  const bool names_party = token.claims.contains("azp");
  if (names_party ? TextOf(token.claims, "azp") != config.client_id : audiences.size() > 1) {
    return Unauthenticated("The token was given to another client.");
  }
  if (crypto::ConstantTimeEqual(TextOf(token.claims, "nonce").value_or(""), nonce)) return {};
  return Unauthenticated("The token is of another sign-in.");
}

Status CheckAccessClaims(const Config& config, const Jwt& token) {
  if (token.type != kAccessTokenType) {
    return Unauthenticated("This is not an access token: its type must be at+jwt (RFC 9068).");
  }
  if (config.audience.empty() || !Contains(Audiences(token.claims), config.audience)) {
    return Unauthenticated("The token is for another audience.");
  }
  return {};
}

// The first of these claims that can be a name at all.
std::string NameOf(const json::object& claims) {
  for (const char* claim : {"name", "preferred_username", "email"}) {
    const Result<std::string> name =
        domain::TokenName(TextOf(claims, claim).value_or(""), std::string_view());
    if (name) return *name;
  }
  return "";
}

Result<Identity> IdentityOf(const Config& config, const json::object& claims) {
  const std::string subject = TextOf(claims, "sub").value_or("");
  const bool ascii =
      std::all_of(subject.begin(), subject.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (subject.empty() || subject.size() > kMaxSubjectChars || !ascii) {
    return Unauthenticated("The token has no usable subject.");
  }
  const RoleRule* rule = FindRule(config, claims);
  if (rule == nullptr) {
    return Refuse(
        ErrorCode::kForbidden,
        "The provider knows you, but no rule here gives you a role. Ask the owner of this ledger.");
  }
  return Identity{config.issuer, subject,        NameOf(claims),
                  rule->role,    rule->accounts, DateOf(claims, "exp").value()};
}

}  // namespace

Result<Identity> CheckIdToken(const Config& config, const KeySet& keys, std::string_view text,
                              std::string_view nonce, Time now) {
  const Result<Jwt> token = ParseJwt(text, config.algorithms);
  if (!token) return token.error();
  return CheckSignature(keys, *token)
      .and_then([&] { return CheckIssuer(config, token->claims); })
      .and_then([&] { return CheckIdClaims(config, *token, nonce); })
      .and_then([&] { return CheckTimes(token->claims, now); })
      .and_then([&] { return IdentityOf(config, token->claims); });
}

Result<Identity> CheckAccessToken(const Config& config, const KeySet& keys, std::string_view text,
                                  Time now) {
  const Result<Jwt> token = ParseJwt(text, config.algorithms);
  if (!token) return token.error();
  // First checks that the token is meant for us: a foreign token must not cause a fetch of keys.
  return CheckIssuer(config, token->claims)
      .and_then([&] { return CheckAccessClaims(config, *token); })
      .and_then([&] { return CheckTimes(token->claims, now); })
      .and_then([&] { return CheckSignature(keys, *token); })
      .and_then([&] { return IdentityOf(config, token->claims); });
}

}  // namespace latchkey::identity
