// The rows of a session: what is written reads back, and what no version wrote is none.
#include <functional>

#include <gtest/gtest.h>

#include "api/auth/session_row.h"
#include "api/auth/session_row.pb.h"
#include "api/http/limits.h"
#include "core/base/limits.h"

namespace latchkey::testing {
namespace {

api::SessionRow TokenSession() {
  api::SessionRow row;
  row.set_token(7);
  row.set_rotated_sha256(std::string(32, 'r'));
  row.set_role("helpdesk");
  row.add_accounts("acme");
  row.set_expires_us(1'800'000'000'000'000);
  row.set_signed_in_us(1'767'225'600'000'000);
  return row;
}

api::SessionRow PersonSession() {
  api::SessionRow row;
  row.set_person(std::string(16, 'p'));
  row.set_role("owner");
  row.set_signed_in_us(1'767'225'600'000'000);
  return row;
}

api::SessionUse Used() {
  api::SessionUse use;
  use.set_at_us(1'767'225'660'000'000);
  use.set_age_us(60'000'000);
  return use;
}

struct RowCase {
  const char* what;
  bool good;
  std::function<void(api::SessionRow& row, api::SessionUse& use)> change;
  bool of_person = false;
};

TEST(SessionRowTest, IsReadAsTheTableSays) {
  using Row = api::SessionRow;
  using Use = api::SessionUse;
  const RowCase cases[] = {
      {"a token's", true, [](Row&, Use&) {}},
      {"a person's", true, [](Row&, Use&) {}, true},
      {"of a role that is not known", true, [](Row& row, Use&) { row.set_role("admiral"); }},
      {"of all accounts", true, [](Row& row, Use&) { row.clear_accounts(); }},
      {"of a token that does not expire", true, [](Row& row, Use&) { row.set_expires_us(0); }},
      {"just begun", true, [](Row&, Use& use) { use.set_age_us(0); }},
      {"nobody's", false, [](Row& row, Use&) { row.clear_token(); }},
      {"of both", false, [](Row& row, Use&) { row.set_person(std::string(16, 'p')); }},
      {"of no token's number", false, [](Row& row, Use&) { row.set_token(1ull << 40); }},
      {"of a token that was never rotated", true,
       [](Row& row, Use&) { row.clear_rotated_sha256(); }},
      {"of half a person", false, [](Row& row, Use&) { row.set_person("p"); }, true},
      {"of a person with a secret", false,
       [](Row& row, Use&) { row.set_rotated_sha256(std::string(32, 'r')); }, true},
      {"of too many accounts", false,
       [](Row& row, Use&) {
         for (std::size_t i = 0; i < ledger_limits::kMaxTokenAccounts; ++i) row.add_accounts("a");
       }},
      {"begun at no time", false, [](Row& row, Use&) { row.clear_signed_in_us(); }},
      {"begun after the year 9999", false,
       [](Row& row, Use&) { row.set_signed_in_us(253'402'300'800'000'000); }},
      {"that expires before all time", false, [](Row& row, Use&) { row.set_expires_us(-1); }},
      {"with a box of any size", false,
       [](Row& row, Use&) { row.set_from(std::string(4'097, 'b')); }},
      {"never used", false, [](Row&, Use& use) { use.clear_at_us(); }},
      {"used before it began to age", false, [](Row&, Use& use) { use.set_age_us(-1); }},
      {"used when it was too old", false,
       [](Row&, Use& use) { use.set_age_us(Micros(api::limits::kSessionLife).count()); }},
  };
  for (const RowCase& one : cases) {
    SCOPED_TRACE(one.what);
    api::SessionRow row = one.of_person ? PersonSession() : TokenSession();
    api::SessionUse use = Used();
    one.change(row, use);
    const auto read = api::DecodeSession(row.SerializeAsString(), use.SerializeAsString());
    EXPECT_EQ(read.has_value(), one.good);
    if (!read) continue;
    const auto again = api::DecodeSession(api::EncodeSession(*read), api::EncodeUse(read->use));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->who.id, read->who.id);
    EXPECT_EQ(again->use, read->use);
    EXPECT_EQ(api::EncodeSession(*again), api::EncodeSession(*read));
  }
  EXPECT_FALSE(api::DecodeSession("", ""));
  EXPECT_FALSE(api::DecodeSession(TokenSession().SerializeAsString(), ""));
  EXPECT_FALSE(api::DecodeSession("\xff", Used().SerializeAsString()));
}

}  // namespace
}  // namespace latchkey::testing
