#include "core/identity/config.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/url/parse.hpp>

#include "core/base/limits.h"
#include "core/crypto/files.h"
#include "core/identity/json.h"

namespace latchkey::identity {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;
using domain::TokenRole;

constexpr std::size_t kMaxRules = 1'000;
constexpr std::size_t kMaxTextChars = 1'024;

Error Bad(std::string_view member, std::string_view what) {
  return Refuse(ErrorCode::kValidationFailed,
                std::string("\"").append(member).append("\" ").append(what));
}

constexpr std::string_view kMembers[] = {
    "name",   "issuer",  "client_id", "client_secret_file", "public_url", "audience", "algorithms",
    "scopes", "ca_file", "roles"};
constexpr std::string_view kRuleMembers[] = {"claim", "value", "role", "accounts"};

// A typing mistake in a member's name must not silently drop a rule or an audience.
template <std::size_t kCount>
Status CheckMembers(const json::object& object, const std::string_view (&known)[kCount],
                    std::string_view prefix) {
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      return Bad(std::string(prefix).append(name), "is not a known member");
    }
  }
  return {};
}

Result<std::string> Text(const json::object& object, std::string_view name, bool required,
                         std::string_view prefix = "") {
  const std::string member = std::string(prefix).append(name);
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) {
    if (required) return Bad(member, "is missing");
    return std::string();
  }
  if (!value->is_string() || value->get_string().empty() ||
      value->get_string().size() > kMaxTextChars) {
    return Bad(member, "must be a text of 1 to 1024 characters");
  }
  return std::string(value->get_string());
}

// Null when the member is missing.
Result<std::optional<std::vector<std::string>>> Texts(const json::object& object,
                                                      std::string_view name,
                                                      std::string_view prefix = "") {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::optional<std::vector<std::string>>();
  std::vector<std::string> texts;
  if (const json::array* array = value->if_array()) {
    for (const json::value& one : *array) {
      if (one.is_string() && !one.get_string().empty()) texts.emplace_back(one.get_string());
    }
    if (texts.size() == array->size() && !texts.empty()) return std::optional(std::move(texts));
  }
  return Bad(std::string(prefix).append(name), "must be a list of texts, with at least one in it");
}

Status CheckUrl(std::string_view member, std::string_view url, bool path_allowed) {
  const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
  if (!parsed || parsed->scheme() != "https" || parsed->host().empty() || parsed->has_userinfo() ||
      parsed->has_query() || parsed->has_fragment()) {
    return Bad(member, "must be an https:// URL without user, query or fragment");
  }
  if (!path_allowed && !parsed->path().empty()) {
    return Bad(member, "must be an origin: https://HOST or https://HOST:PORT, and nothing behind");
  }
  return {};
}

Status ReadPlaces(const json::object& object, Config* config) {
  const auto take = [&](std::string_view name, bool required, std::string* to) -> Status {
    Result<std::string> text = Text(object, name, required);
    if (!text) return text.error();
    *to = *std::move(text);
    return {};
  };
  return take("issuer", true, &config->issuer)
      .and_then([&] { return CheckUrl("issuer", config->issuer, true); })
      .and_then([&] { return take("client_id", true, &config->client_id); })
      .and_then([&] { return take("public_url", true, &config->public_url); })
      .and_then([&] { return CheckUrl("public_url", config->public_url, false); })
      .and_then([&] { return take("audience", false, &config->audience); })
      .and_then([&]() -> Status {
        // An ID token has the client as its audience.
        if (config->audience != config->client_id) return {};
        return Bad("audience", "must be another one than \"client_id\"");
      })
      .and_then([&] { return take("name", false, &config->name); })
      .and_then([&]() -> Status {
        if (config->name.empty()) config->name = config->issuer;
        Result<std::string> name = domain::TokenName(config->name, "");
        if (!name) return Bad("name", "must be 1 to 100 visible characters");
        config->name = *std::move(name);
        return {};
      });
}

Status ReadFiles(const json::object& object, const std::filesystem::path& directory,
                 Config* config) {
  const Result<std::string> secret = Text(object, "client_secret_file", false);
  if (!secret) return secret.error();
  if (!secret->empty()) {
    Result<std::string> text = crypto::ReadSmallFile(directory / *secret);
    if (!text) return Bad("client_secret_file", "names a file that cannot be read");
    const crypto::WipeAtEnd wipe(&*text);
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    if (text->empty()) return Bad("client_secret_file", "names a file that is empty");
    config->client_secret = std::make_shared<const crypto::Secret>(*text);
  }
  const Result<std::string> ca = Text(object, "ca_file", false);
  if (!ca) return ca.error();
  if (ca->empty()) return {};
  config->ca_file = directory / *ca;
  if (crypto::ReadSmallFile(config->ca_file)) return {};
  return Bad("ca_file", "names a file that cannot be read");
}

Status ReadLists(const json::object& object, Config* config) {
  auto scopes = Texts(object, "scopes");
  if (!scopes) return scopes.error();
  config->scopes = scopes->value_or(std::vector<std::string>{"openid", "profile", "email"});
  if (std::find(config->scopes.begin(), config->scopes.end(), "openid") == config->scopes.end()) {
    return Bad("scopes", "must name openid");
  }
  const auto names = Texts(object, "algorithms");
  if (!names) return names.error();
  if (!*names) {
    config->algorithms = {JwsAlgorithm::kRs256, JwsAlgorithm::kPs256, JwsAlgorithm::kEs256,
                          JwsAlgorithm::kEdDsa};
    return {};
  }
  for (const std::string& name : **names) {
    const auto algorithm = crypto::JwsAlgorithmFromName(name);
    if (!algorithm) {
      return Bad("algorithms",
                 "may name RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA");
    }
    config->algorithms.push_back(*algorithm);
  }
  return {};
}

Result<RoleRule> ReadRule(const json::value& value, std::string_view prefix) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Bad(prefix.substr(0, prefix.size() - 1), "must be an object");
  if (Status known = CheckMembers(*object, kRuleMembers, prefix); !known) return known.error();
  Result<std::string> claim = Text(*object, "claim", true, prefix);
  if (!claim) return claim.error();
  Result<std::string> wanted = Text(*object, "value", true, prefix);
  if (!wanted) return wanted.error();
  const Result<std::string> role_name = Text(*object, "role", true, prefix);
  if (!role_name) return role_name.error();
  const std::optional<TokenRole> role = domain::RoleFromName(*role_name);
  if (!role) {
    return Bad(std::string(prefix) + "role", "must be owner, operator, helpdesk or auditor");
  }
  auto accounts = Texts(*object, "accounts", prefix);
  if (!accounts) return accounts.error();
  RoleRule rule{*std::move(claim), *std::move(wanted), *role,
                accounts->value_or(std::vector<std::string>())};
  const bool good = std::all_of(
      rule.accounts.begin(), rule.accounts.end(),
      [](const std::string& account) { return domain::CheckAccountName(account, "").has_value(); });
  if (!good || rule.accounts.size() > ledger_limits::kMaxTokenAccounts) {
    return Bad(std::string(prefix) + "accounts", "must be at most 100 names of accounts");
  }
  return rule;
}

Status ReadRules(const json::object& object, Config* config) {
  const json::value* value = object.if_contains("roles");
  const json::array* rules = value == nullptr ? nullptr : value->if_array();
  if (rules == nullptr || rules->empty() || rules->size() > kMaxRules) {
    return Bad("roles", "must be a list of 1 to 1000 rules: without any nobody could sign in");
  }
  for (std::size_t i = 0; i < rules->size(); ++i) {
    Result<RoleRule> rule = ReadRule((*rules)[i], "roles/" + std::to_string(i) + "/");
    if (!rule) return rule.error();
    config->roles.push_back(*std::move(rule));
  }
  return {};
}

bool Contains(const json::value& claim, std::string_view value) {
  const auto same = [&](const json::value& one) {
    return one.is_string() && std::string_view(one.get_string()) == value;
  };
  if (const json::array* all = claim.if_array()) return std::any_of(all->begin(), all->end(), same);
  return same(claim);
}

const json::value* FindClaim(const json::object& claims, std::string_view name) {
  if (!name.starts_with('/')) return claims.if_contains({name.data(), name.size()});
  const json::value* at = nullptr;
  const json::object* object = &claims;
  while (object != nullptr && !name.empty()) {
    name.remove_prefix(1);
    const std::string_view member = name.substr(0, name.find('/'));
    name.remove_prefix(member.size());
    at = object->if_contains({member.data(), member.size()});
    object = at == nullptr ? nullptr : at->if_object();
  }
  return name.empty() ? at : nullptr;
}

}  // namespace

Result<Config> ParseConfig(std::string_view text, const std::filesystem::path& directory) {
  const std::optional<json::object> object = ParseObject(text);
  if (!object) return Refuse(ErrorCode::kValidationFailed, "it is not a JSON object");
  Config config;
  const Status read = CheckMembers(*object, kMembers, "")
                          .and_then([&] { return ReadPlaces(*object, &config); })
                          .and_then([&] { return ReadFiles(*object, directory, &config); })
                          .and_then([&] { return ReadLists(*object, &config); })
                          .and_then([&] { return ReadRules(*object, &config); });
  if (!read) return read.error();
  return config;
}

Result<Config> ReadConfig(const std::filesystem::path& file) {
  const Result<std::string> text = crypto::ReadSmallFile(file);
  if (!text) return Refuse(ErrorCode::kValidationFailed, "it cannot be read");
  return ParseConfig(*text, file.parent_path());
}

const RoleRule* FindRule(const Config& config, const json::object& claims) {
  for (const RoleRule& rule : config.roles) {
    const json::value* claim = FindClaim(claims, rule.claim);
    if (claim != nullptr && Contains(*claim, rule.value)) return &rule;
  }
  return nullptr;
}

}  // namespace latchkey::identity
