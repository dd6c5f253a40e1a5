#include "core/identity/forms.h"

#include <gtest/gtest.h>

namespace latchkey::identity {
namespace {

Config FormsConfig() {
  Config config;
  config.client_id = "latchkey & co";
  config.public_url = "https://console.example.com";
  config.scopes = {"openid", "profile"};
  return config;
}

TEST(AuthorizationUrls, SayAllThatIsAsked) {
  Metadata metadata;
  metadata.authorization_endpoint = "https://id.example.com/auth";
  EXPECT_EQ(AuthorizationUrl(FormsConfig(), metadata, "s", "n", "c"),
            "https://id.example.com/auth?response_type=code&client_id=latchkey%20%26%20co&"
            "redirect_uri=https%3A%2F%2Fconsole.example.com%2Fv1%2Fsession%2Fcallback&"
            "scope=openid%20profile&state=s&nonce=n&code_challenge=c&code_challenge_method=S256");
  metadata.authorization_endpoint += "?tenant=1";
  EXPECT_TRUE(AuthorizationUrl(FormsConfig(), metadata, "s", "n", "c")
                  .starts_with("https://id.example.com/auth?tenant=1&response_type=code&"));
}

TEST(ClientAuthentication, EncodesBothPartsFirst) {
  // RFC 6749 §2.3.1: "a%3Ab:s%20%2B" in base64.
  EXPECT_EQ(BasicAuthorization("a:b", "s +"), "Authorization: Basic YSUzQWI6cyUyMCUyQg==");
}

}  // namespace
}  // namespace latchkey::identity
