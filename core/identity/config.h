// The configuration of the OpenID provider (`serve --identity FILE`), and its rules for people:
// docs/operations.md has every member and an example.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/base/error.h"
#include "core/crypto/jws.h"
#include "core/crypto/secret.h"
#include "core/domain/commands.h"

namespace latchkey::identity {

// A person whose claim holds this value has this role. A claim that begins with a slash is a JSON
// pointer, for providers that nest their claims.
struct RoleRule {
  std::string claim;
  std::string value;
  domain::TokenRole role;
  std::vector<std::string> accounts;  // empty: all
};

struct Config {
  std::string name;  // the provider's name for people
  std::string issuer;
  std::string client_id;
  std::shared_ptr<const crypto::Secret> client_secret;  // null: a public client
  std::string public_url;                               // of the console, without a path
  std::string audience;  // of access tokens for the API; if empty, none are accepted
  std::vector<crypto::JwsAlgorithm> algorithms;
  std::vector<std::string> scopes;  // openid among them
  std::filesystem::path ca_file;    // empty: the system's roots
  std::vector<RoleRule> roles;      // the first that matches counts

  std::string RedirectUri() const { return public_url + "/v1/session/callback"; }
};

// Refuses with kValidationFailed; the detail names the member and what it must be. Relative paths
// in it start from its directory.
Result<Config> ReadConfig(const std::filesystem::path& file);
Result<Config> ParseConfig(std::string_view text, const std::filesystem::path& directory);

// The first rule that matches the provider's claims; null when none does.
const RoleRule* FindRule(const Config& config, const boost::json::object& claims);

}  // namespace latchkey::identity
