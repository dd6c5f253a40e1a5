// Valid and invalid contents of `serve --identity FILE`, and the messages for the latter.
#include "core/identity/config.h"

#include <fstream>
#include <functional>
#include <ostream>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/core/identity/changes.h"
#include "tests/support/temp_dir.h"

namespace latchkey::identity {
namespace {

namespace json = boost::json;
using crypto::JwsAlgorithm;
using domain::TokenRole;
using testing::Change;
using testing::Set;
using testing::Without;

json::object GoodConfig() {
  return {
      {"issuer", "https://id.example.com/realms/acme"},
      {"client_id", "latchkey"},
      {"public_url", "https://console.example.com:8443"},
      {"roles",
       {{{"claim", "groups"}, {"value", "owners"}, {"role", "owner"}},
        {{"claim", "groups"}, {"value", "acme"}, {"role", "helpdesk"}, {"accounts", {"acme"}}}}}};
}

TEST(IdentityConfig, MayBeShort) {
  const auto config = ParseConfig(json::serialize(GoodConfig()), "");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->issuer, "https://id.example.com/realms/acme");
  EXPECT_EQ(config->RedirectUri(), "https://console.example.com:8443/v1/session/callback");
  EXPECT_EQ(config->name, config->issuer);
  EXPECT_EQ(config->client_secret, nullptr);
  EXPECT_EQ(config->audience, "");
  EXPECT_EQ(config->algorithms, (std::vector{JwsAlgorithm::kRs256, JwsAlgorithm::kPs256,
                                             JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}));
  EXPECT_EQ(config->scopes, (std::vector<std::string>{"openid", "profile", "email"}));
  ASSERT_EQ(config->roles.size(), 2u);
  EXPECT_EQ(config->roles[1].role, TokenRole::kHelpdesk);
  EXPECT_EQ(config->roles[1].accounts, std::vector<std::string>{"acme"});
}

TEST(IdentityConfig, NamesFilesBesideIt) {
  const testing::TempDir directory;
  std::ofstream(directory / "secret") << "s3cret of a client\n";
  std::ofstream(directory / "ca.pem") << "-";
  json::object object = GoodConfig();
  object["client_secret_file"] = "secret";
  object["ca_file"] = (directory / "ca.pem").string();
  object["algorithms"] = {"ES384"};
  object["name"] = "Acme";
  object["audience"] = "https://console.example.com/v1";
  std::ofstream(directory / "identity.json") << json::serialize(object);
  const auto config = ReadConfig(directory / "identity.json");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->client_secret->view(), "s3cret of a client");
  EXPECT_EQ(config->ca_file, directory / "ca.pem");
  EXPECT_EQ(config->algorithms, std::vector{JwsAlgorithm::kEs384});
  EXPECT_EQ(config->name, "Acme");
  EXPECT_FALSE(ReadConfig(directory / "none.json"));
}

struct Slip {
  std::string member;  // that the words name
  Change make;
};
std::ostream& operator<<(std::ostream& out, const Slip& slip) { return out << slip.member; }

Change Rule(std::string name, json::value value) {
  return [=](json::object& object) { object["roles"].as_array()[0].as_object()[name] = value; };
}

const Slip kSlips[] = {
    {"issuer", Without("issuer")},
    {"issuer", Set("issuer", "http://id.example.com")},
    {"issuer", Set("issuer", "https://user@id.example.com")},
    {"issuer", Set("issuer", "https://id.example.com/?x=1")},
    {"issuer", Set("issuer", 7)},
    {"client_id", Without("client_id")},
    {"client_id", Set("client_id", "")},
    {"public_url", Without("public_url")},
    {"public_url", Set("public_url", "https://console.example.com/")},
    {"public_url", Set("public_url", "console.example.com")},
    {"audience", Set("audience", "latchkey")},
    {"audience", Set("audience", json::array{"a", "b"})},
    {"client_secret_file", Set("client_secret_file", "/nonexistent/secret")},
    {"ca_file", Set("ca_file", "/nonexistent/ca.pem")},
    {"algorithms", Set("algorithms", json::array{"RS256", "none"})},
    {"algorithms", Set("algorithms", json::array{"HS256"})},
    {"algorithms", Set("algorithms", json::array())},
    {"algorithms", Set("algorithms", "RS256")},
    {"scopes", Set("scopes", json::array{"profile"})},
    {"name", Set("name", "a\nb")},
    {"roles", Without("roles")},
    {"roles", Set("roles", json::array())},
    {"roles/0", Set("roles", json::array{"owner"})},
    {"roles/0/claim", Rule("claim", nullptr)},
    {"roles/0/value", Rule("value", true)},
    {"roles/0/role", Rule("role", "root")},
    {"roles/0/accounts", Rule("accounts", json::array{"ACME"})},
    {"roles/0/accounts", Rule("accounts", json::array())},
    {"roles/0/acounts", Rule("acounts", json::array{"acme"})},
    {"client_secret", Set("client_secret", "s3cret")},
};

class Slips : public ::testing::TestWithParam<Slip> {};
TEST_P(Slips, AreNamed) {
  json::object object = GoodConfig();
  GetParam().make(object);
  const auto config = ParseConfig(json::serialize(object), "");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kValidationFailed);
  EXPECT_TRUE(config.error().detail.starts_with("\"" + GetParam().member + "\" "))
      << config.error().detail;
  EXPECT_EQ(config.error().detail.find("s3cret"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(Members, Slips, ::testing::ValuesIn(kSlips));

TEST(IdentityConfig, MustBeAnObject) {
  for (const char* bad : {"", "[]", "{", "null"}) EXPECT_FALSE(ParseConfig(bad, "")) << bad;
}

TEST(Rules, AreTriedInOrder) {
  Config config;
  config.roles = {{"groups", "a", TokenRole::kOwner, {}},
                  {"groups", "b", TokenRole::kAuditor, {}},
                  {"/realm_access/roles", "c", TokenRole::kOperator, {}},
                  {"https://example.com/role", "d", TokenRole::kHelpdesk, {}}};
  const auto role = [&](const json::object& claims) {
    const RoleRule* rule = FindRule(config, claims);
    return rule == nullptr ? "" : std::string(RoleName(rule->role));
  };
  EXPECT_EQ(role({{"groups", {"b", "a"}}}), "owner") << "in the order of the rules";
  EXPECT_EQ(role({{"groups", "b"}}), "auditor") << "a text alone";
  EXPECT_EQ(role({{"realm_access", {{"roles", {"c"}}}}}), "operator");
  EXPECT_EQ(role({{"https://example.com/role", "d"}}), "helpdesk") << "a name with slashes in it";
  EXPECT_EQ(role({{"groups", "ab"}}), "");
  EXPECT_EQ(role({{"groups", {{"a", "a"}}}}), "");
  EXPECT_EQ(role({{"realm_access", "c"}}), "");
  EXPECT_EQ(role({{"groups", true}}), "");
  EXPECT_EQ(role({}), "");
}

}  // namespace
}  // namespace latchkey::identity
