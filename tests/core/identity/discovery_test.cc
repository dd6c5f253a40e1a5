#include "core/identity/discovery.h"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace latchkey::identity {
namespace {

namespace json = boost::json;

Config IssuerConfig() {
  Config config;
  config.issuer = "https://id.example.com/realms/acme";
  return config;
}

json::object GoodMetadata() {
  return {{"issuer", "https://id.example.com/realms/acme"},
          {"authorization_endpoint", "https://id.example.com/auth"},
          {"token_endpoint", "https://id.example.com/token"},
          {"jwks_uri", "https://keys.example.com/jwks"}};
}

Result<Metadata> Read(const json::object& object) {
  return ReadMetadata(IssuerConfig(), json::serialize(object));
}

TEST(Discovery, LooksBeneathTheIssuer) {
  const std::string url = "https://id.example.com/realms/acme/.well-known/openid-configuration";
  EXPECT_EQ(MetadataUrl("https://id.example.com/realms/acme"), url);
  EXPECT_EQ(MetadataUrl("https://id.example.com/realms/acme/"), url);
}

TEST(Discovery, ReadsWhatIsNeeded) {
  const auto metadata = Read(GoodMetadata());
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->token_endpoint, "https://id.example.com/token");
  EXPECT_EQ(metadata->jwks_uri, "https://keys.example.com/jwks");
  EXPECT_FALSE(metadata->secret_in_body) << "client_secret_basic is what providers take by default";
  EXPECT_FALSE(metadata->names_issuer);
  json::object other = GoodMetadata();
  other["token_endpoint_auth_methods_supported"] = {"client_secret_post", "none"};
  other["authorization_response_iss_parameter_supported"] = true;
  EXPECT_TRUE(Read(other)->secret_in_body);
  EXPECT_TRUE(Read(other)->names_issuer);
  other["token_endpoint_auth_methods_supported"] = {"client_secret_post", "client_secret_basic"};
  EXPECT_FALSE(Read(other)->secret_in_body);
}

TEST(Discovery, RefusesWhatIsNotOfThisIssuer) {
  for (const char* issuer : {"https://id.example.com/realms/acme/", "https://id.example.com", ""}) {
    json::object object = GoodMetadata();
    object["issuer"] = issuer;
    EXPECT_FALSE(Read(object)) << issuer;
  }
  EXPECT_FALSE(ReadMetadata(IssuerConfig(), "[]"));
  EXPECT_FALSE(ReadMetadata(IssuerConfig(), "{}"));
}

TEST(Discovery, RefusesEndpointsThatAreNotHttps) {
  for (const char* name : {"authorization_endpoint", "token_endpoint", "jwks_uri"}) {
    for (const char* url : {"http://id.example.com/x", "//id.example.com", "javascript:alert(1)",
                            "https://id.example.com/x y", "https://user@id.example.com/", ""}) {
      json::object object = GoodMetadata();
      object[name] = url;
      EXPECT_FALSE(Read(object)) << name << " " << url;
    }
    json::object object = GoodMetadata();
    object.erase(name);
    EXPECT_FALSE(Read(object)) << name;
  }
}

}  // namespace
}  // namespace latchkey::identity
