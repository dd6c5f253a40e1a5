#include "api/http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace latchkey::api {
namespace {

struct GoodTarget {
  const char* name;
  std::string target;
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};

class GoodTargets : public ::testing::TestWithParam<GoodTarget> {};

TEST_P(GoodTargets, AreTakenApart) {
  Target target;
  ASSERT_TRUE(target.Parse(GetParam().target));
  std::vector<std::string> segments;
  for (std::size_t i = 0; i < target.segment_count(); ++i) segments.emplace_back(target.segment(i));
  EXPECT_EQ(segments, GetParam().segments);
  EXPECT_EQ(target.query(), GetParam().query);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GoodTargets,
    ::testing::Values(
        GoodTarget{"Root", "/", {""}, {}}, GoodTarget{"Plain", "/v1/ledger", {"v1", "ledger"}, {}},
        GoodTarget{"SlashAtTheEnd", "/v1/", {"v1", ""}, {}},
        GoodTarget{"TwoSlashes", "/v1//ledger", {"v1", "", "ledger"}, {}},
        GoodTarget{"EncodedSegment", "/v1/%61cme", {"v1", "acme"}, {}},
        GoodTarget{"EncodedSlashStaysInside", "/v1/a%2Fb", {"v1", "a/b"}, {}},
        GoodTarget{"PlusInAPathIsAPlus", "/a+b", {"a+b"}, {}},
        GoodTarget{"Absolute", "https://localhost:8443/v1/x?a=1", {"v1", "x"}, {{"a", "1"}}},
        GoodTarget{"AbsoluteWithoutPath", "https://localhost", {""}, {}},
        GoodTarget{"Query", "/e?a=1&b=%20x&c=p+q", {"e"}, {{"a", "1"}, {"b", " x"}, {"c", "p q"}}},
        GoodTarget{"QueryWithoutValues", "/e?a&&b=", {"e"}, {{"a", ""}, {"b", ""}}},
        GoodTarget{"ValueWithEquals", "/e?a=b=c", {"e"}, {{"a", "b=c"}}},
        GoodTarget{"Scheme", "Git+s3.v-2://x/a", {"a"}, {}},
        GoodTarget{"Fragment", "/e?a=1#x", {"e"}, {{"a", "1"}}},
        GoodTarget{"NoPathInAFragment", "https://localhost#/v1/x", {""}, {}}),
    [](const auto& row) { return row.param.name; });

struct BadTarget {
  const char* name;
  std::string target;
};

class BadTargets : public ::testing::TestWithParam<BadTarget> {};

TEST_P(BadTargets, AreMalformed) {
  Target target;
  const Status parsed = target.Parse(GetParam().target);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::kRequestMalformed);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadTargets,
    ::testing::Values(BadTarget{"Empty", ""}, BadTarget{"Authority", "localhost:8443"},
                      BadTarget{"Asterisk", "*"}, BadTarget{"NoScheme", "://x/a"},
                      BadTarget{"QueryForAScheme", "?a=://x/v1/ledger"},
                      BadTarget{"PathForAScheme", "a/b://x/v1/ledger"},
                      BadTarget{"DigitFirst", "1a://x/v1/ledger"},
                      BadTarget{"SchemeInAFragment", "a#b://x/v1/ledger"},
                      BadTarget{"CutEncoding", "/a%2"}, BadTarget{"NoHex", "/a%zz"},
                      BadTarget{"NoHexInQuery", "/a?b=%g0"},
                      BadTarget{"Control", std::string("/a\x01", 3)},
                      BadTarget{"NotAscii", "/a\xc3\xa9"},
                      BadTarget{"TooManyParameters", "/a?" +
                                                         [] {
                                                           std::string query;
                                                           for (int i = 0; i < 65; ++i)
                                                             query += "a=1&";
                                                           return query;
                                                         }()}),
    [](const auto& row) { return row.param.name; });

TEST(TargetTest, MoreSegmentsThanAnyRouteHasAreCounted) {
  Target target;
  ASSERT_TRUE(target.Parse("/1/2/3/4/5/6/7/8/9/10"));
  EXPECT_EQ(target.segment_count(), 10u);
}

TEST(TargetTest, IsUsedAgain) {
  Target target;
  ASSERT_TRUE(target.Parse("/a/b?x=1"));
  ASSERT_TRUE(target.Parse("/c"));
  EXPECT_EQ(target.segment_count(), 1u);
  EXPECT_EQ(target.segment(0), "c");
  EXPECT_FALSE(target.Query("x"));
}

}  // namespace
}  // namespace latchkey::api
