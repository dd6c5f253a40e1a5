// Every combination of the headers that a browser sends with a cookie, and the parsing of cookies.
#include "api/auth/csrf.h"

#include <optional>

#include <gtest/gtest.h>

#include "api/http/cookies.h"

namespace latchkey::testing {
namespace {

using api::HttpRequest;

constexpr std::string_view kCookie = "a-cookie";

struct Said {
  std::optional<std::string> site;
  std::optional<std::string> origin;
  std::optional<std::string> token;
};

HttpRequest Make(const Said& said) {
  HttpRequest request;
  request.host = "console.example:8443";
  request.has_sec_fetch_site = said.site.has_value();
  request.sec_fetch_site = said.site.value_or("");
  request.has_origin = said.origin.has_value();
  request.origin = said.origin.value_or("");
  request.has_csrf_token = said.token.has_value();
  request.csrf_token = said.token.value_or("");
  return request;
}

TEST(CsrfTest, OnlyWhatThisOriginSendsWithTheTokenOfTheSessionIsMeant) {
  using Row = std::pair<std::optional<std::string>, bool>;  // what is said, whether it is good
  const Row sites[] = {{std::nullopt, true},  {"same-origin", true}, {"same-site", false},
                       {"cross-site", false}, {"none", false},       {"", false},
                       {"SAME-ORIGIN", false}};
  const Row origins[] = {{std::nullopt, true},
                         {"https://console.example:8443", true},
                         {"https://CONSOLE.example:8443", true},
                         {"https://console.example", false},
                         {"https://console.example:8444", false},
                         {"http://console.example:8443", false},
                         {"https://evil.example", false},
                         {"https://console.example:8443.evil.example", false},
                         {"https://", false},
                         {"null", false},
                         {"", false}};
  const Row tokens[] = {{api::CsrfToken(kCookie), true},
                        {std::nullopt, false},
                        {"", false},
                        {api::CsrfToken("another-cookie"), false},
                        {api::CsrfToken(kCookie) + "0", false},
                        {std::string(kCookie), false}};
  for (const auto& [site, site_good] : sites) {
    for (const auto& [origin, origin_good] : origins) {
      const bool own = site_good && origin_good;
      for (const auto& [token, token_good] : tokens) {
        const HttpRequest request = Make({site, origin, token});
        const Status meant = api::CheckCsrf(request, kCookie);
        EXPECT_EQ(meant.has_value(), own && token_good && (site || origin))
            << site.value_or("-") << ' ' << origin.value_or("-") << ' ' << token.value_or("-");
        if (!meant) {
          EXPECT_EQ(meant.error().code, ErrorCode::kCsrfRejected);
        }
        EXPECT_EQ(api::CheckNotForeign(request).has_value(), own);
        EXPECT_EQ(api::IsCrossSite(request), site == "cross-site");
      }
    }
  }
}

TEST(CsrfTest, ReadsAndHeadsNeedNoProof) {
  using api::Method;
  for (const Method method : {Method::kGet, Method::kHead}) EXPECT_TRUE(api::IsSafe(method));
  for (const Method method :
       {Method::kPut, Method::kPost, Method::kPatch, Method::kDelete, Method::kOther}) {
    EXPECT_FALSE(api::IsSafe(method));
  }
}

TEST(CookieTest, IsFoundByItsWholeName) {
  const struct {
    std::string_view field;
    std::optional<std::string_view> value;
  } rows[] = {
      {"", std::nullopt},     {"a=1", std::nullopt},      {"c=1", "1"},
      {"a=1; c=2; b=3", "2"}, {"a=1;c=2", "2"},           {"c=", ""},
      {"c", std::nullopt},    {" \tc=1 ;", "1"},          {"cc=1; xc=2; C=3", std::nullopt},
      {"c=a=b", "a=b"},       {"c=1; c=2", std::nullopt}, {"c=1; c=1", std::nullopt},
      {";;;=;c=1", "1"},
  };
  for (const auto& row : rows) EXPECT_EQ(api::CookieValue(row.field, "c"), row.value) << row.field;
}

TEST(CookieTest, IsSetForThisHostAlone) {
  EXPECT_EQ(api::SetCookie("__Host-a", "b", api::SameSite::kStrict),
            "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Strict");
  EXPECT_EQ(api::SetCookie("__Host-a", "b", api::SameSite::kLax, std::chrono::seconds(5)),
            "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=5");
  EXPECT_EQ(api::ClearCookie("__Host-a", api::SameSite::kStrict),
            "__Host-a=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
}

}  // namespace
}  // namespace latchkey::testing
