#include "api/call/preconditions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace latchkey::api {
namespace {

struct KeyRow {
  const char* name;
  std::string header;
  std::string key;  // "": refused
};

class IdempotencyKeys : public ::testing::TestWithParam<KeyRow> {};

TEST_P(IdempotencyKeys, AreReadOrRefused) {
  const Result<std::string> key = ParseIdempotencyKey(GetParam().header);
  if (GetParam().key.empty()) {
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::kValidationFailed);
  } else {
    ASSERT_TRUE(key);
    EXPECT_EQ(*key, GetParam().key);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, IdempotencyKeys,
    ::testing::Values(KeyRow{"Bare", "abc", "abc"}, KeyRow{"Quoted", "\"abc\"", "abc"},
                      KeyRow{"Escapes", R"("a\"b\\c")", R"(a"b\c)"},
                      KeyRow{"SpaceAround", " abc\t", "abc"}, KeyRow{"SpaceInside", "a b", "a b"},
                      KeyRow{"Longest", std::string(255, 'x'), std::string(255, 'x')},
                      KeyRow{"LongestQuoted", "\"" + std::string(255, 'x') + "\"",
                             std::string(255, 'x')},
                      KeyRow{"TooLong", std::string(256, 'x'), ""}, KeyRow{"Empty", "", ""},
                      KeyRow{"EmptyQuoted", "\"\"", ""}, KeyRow{"NotAscii", "\xc3\xa9", ""},
                      KeyRow{"Control", "a\x01", ""}),
    [](const auto& row) { return row.param.name; });

struct MatchRow {
  const char* name;
  std::string header;
  bool good;
  bool any = false;
  std::vector<std::uint64_t> counts = {};
};

class IfMatches : public ::testing::TestWithParam<MatchRow> {};

TEST_P(IfMatches, AreReadOrMalformed) {
  const Result<IfMatch> match = ParseIfMatch(GetParam().header);
  ASSERT_EQ(match.has_value(), GetParam().good);
  if (!match) {
    EXPECT_EQ(match.error().code, ErrorCode::kRequestMalformed);
    return;
  }
  EXPECT_EQ(match->any, GetParam().any);
  EXPECT_EQ(match->counts, GetParam().counts);
}

INSTANTIATE_TEST_SUITE_P(
    Table, IfMatches,
    ::testing::Values(MatchRow{"One", "\"3\"", true, false, {3}},
                      MatchRow{"Any", " * ", true, true},
                      MatchRow{"Several", "\"3\", \"4\",,\"5\"", true, false, {3, 4, 5}},
                      MatchRow{"WeakNeverMatches", "W/\"3\"", true},
                      MatchRow{"NotOurs", "\"abc\", \"\", \"03\", \"3x\"", true},
                      MatchRow{"Bare", "3", false}, MatchRow{"Open", "\"3", false},
                      MatchRow{"NoComma", "\"3\" \"4\"", false}, MatchRow{"Empty", "", false},
                      MatchRow{"OnlyCommas", ",,", false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace latchkey::api
