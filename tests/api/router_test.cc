#include "api/router.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace latchkey::api {
namespace {

Found Find(Listener listener, Method method, const char* path, Target* target) {
  EXPECT_TRUE(target->Parse(path));
  return FindRoute(RoutesOf(listener), method, *target);
}

struct Hit {
  const char* name;
  Listener listener;
  Method method;
  const char* path;
  const char* pattern;
  const char* param = "";
};

class Hits : public ::testing::TestWithParam<Hit> {};

TEST_P(Hits, FindTheirRow) {
  const Hit& row = GetParam();
  Target target;
  const Found found = Find(row.listener, row.method, row.path, &target);
  ASSERT_NE(found.row, nullptr);
  EXPECT_EQ(found.row->route.pattern, row.pattern);
  EXPECT_EQ(found.params[0], row.param);
}

constexpr Listener kM = Listener::kManagement;
constexpr Listener kG = Listener::kGateways;

INSTANTIATE_TEST_SUITE_P(
    Table, Hits,
    ::testing::Values(
        Hit{"List", kM, Method::kGet, "/v1/accounts", "/v1/accounts"},
        Hit{"Param", kM, Method::kGet, "/v1/accounts/acme", "/v1/accounts/{account}", "acme"},
        Hit{"EncodedParam", kM, Method::kPut, "/v1/accounts/ac%6De", "/v1/accounts/{account}",
            "acme"},
        Hit{"Head", kM, Method::kHead, "/v1/ledger", "/v1/ledger"},
        Hit{"LiteralBeforeParam", kM, Method::kGet, "/v1/events/stream", "/v1/events/stream"},
        Hit{"ParamBesideLiteral", kM, Method::kGet, "/v1/events/17", "/v1/events/{sequence}", "17"},
        Hit{"Inner", kM, Method::kPost, "/v1/gateways/gw_1/key/reveal",
            "/v1/gateways/{gateway}/key/reveal", "gw_1"},
        Hit{"Gateways", kG, Method::kPost, "/v1/check-in", "/v1/check-in"},
        Hit{"HealthOfGateways", kG, Method::kGet, "/healthz", "/healthz"}),
    [](const auto& row) { return row.param.name; });

struct Miss {
  const char* name;
  Listener listener;
  Method method;
  const char* path;
  const char* allow = "";  // "": no such path
};

class Misses : public ::testing::TestWithParam<Miss> {};

TEST_P(Misses, FindNoRow) {
  const Miss& row = GetParam();
  Target target;
  const Found found = Find(row.listener, row.method, row.path, &target);
  EXPECT_EQ(found.row, nullptr);
  const std::string allow = found.same_path == nullptr
                                ? std::string()
                                : AllowedMethods(RoutesOf(row.listener), *found.same_path);
  EXPECT_EQ(allow, row.allow);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Misses,
    ::testing::Values(
        Miss{"Root", kM, Method::kGet, "/"}, Miss{"Unknown", kM, Method::kGet, "/v2/accounts"},
        Miss{"Longer", kM, Method::kGet, "/v1/ledger/x"}, Miss{"Shorter", kM, Method::kGet, "/v1"},
        Miss{"SlashAtTheEnd", kM, Method::kGet, "/v1/accounts/"},
        Miss{"TwoSlashes", kM, Method::kGet, "/v1//accounts"},
        Miss{"EmptyParam", kM, Method::kGet, "/v1/accounts//gateways"},
        Miss{"Case", kM, Method::kGet, "/V1/ledger"},
        Miss{"OtherListener", kG, Method::kGet, "/v1/ledger"},
        Miss{"TooManySegments", kM, Method::kGet, "/1/2/3/4/5/6/7/8/9"},
        Miss{"Method", kM, Method::kPost, "/v1/ledger", "GET, HEAD"},
        Miss{"UnknownMethod", kM, Method::kOther, "/v1/gateways/g", "GET, HEAD, PATCH, DELETE"},
        Miss{"StreamIsNoEvent", kM, Method::kDelete, "/v1/events/stream", "GET, HEAD"},
        Miss{"TwoMethods", kM, Method::kGet, "/v1/gateways/g/key", "POST, DELETE"}),
    [](const auto& row) { return row.param.name; });

TEST(RoutesTest, NoRowStandsTwiceAndOnlyWritesHaveBodies) {
  for (const Listener listener : {kM, kG}) {
    std::set<std::pair<std::string_view, Method>> seen;
    for (const RouteRow& row : RoutesOf(listener)) {
      const Route& route = row.route;
      EXPECT_TRUE(seen.emplace(route.pattern, route.method).second) << route.pattern;
      EXPECT_EQ(route.writes(), route.body != BodyRule::kNone) << route.pattern;
    }
  }
}

}  // namespace
}  // namespace latchkey::api
