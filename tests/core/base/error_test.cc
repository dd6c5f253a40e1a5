#include "core/base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace latchkey {
namespace {

// The codes of the HTTP contract, then those that never leave the process.
const std::set<std::string_view> kContract = {"request_malformed",
                                              "key_malformed",
                                              "key_mistyped",
                                              "unauthenticated",
                                              "certificate_expired",
                                              "forbidden",
                                              "csrf_rejected",
                                              "registration_abandoned",
                                              "certificate_revoked",
                                              "certificate_unknown_since_restore",
                                              "not_found",
                                              "key_unknown",
                                              "last_owner",
                                              "too_many_tokens",
                                              "token_revoked",
                                              "no_active_key",
                                              "method_not_allowed",
                                              "too_large",
                                              "unsupported_media_type",
                                              "headers_too_large",
                                              "key_already_redeemed",
                                              "already_registered",
                                              "name_taken",
                                              "too_many_secondaries",
                                              "too_many_messages",
                                              "too_many_webhooks",
                                              "message_ended",
                                              "has_secondaries",
                                              "request_in_progress",
                                              "position_unknown",
                                              "generation_limit",
                                              "key_superseded",
                                              "key_expired",
                                              "key_revoked",
                                              "gateway_removed",
                                              "registration_ended",
                                              "registration_not_accepted",
                                              "registration_not_confirmed",
                                              "version_conflict",
                                              "csr_invalid",
                                              "validation_failed",
                                              "idempotency_key_reused",
                                              "rate_limited",
                                              "overloaded",
                                              "read_only",
                                              "behind",
                                              "provider_unreachable",
                                              "outcome_unknown",
                                              "in_use",
                                              "unusable",
                                              "io"};

TEST(ErrorCode, NamesAreThoseOfTheContract) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kIo); ++code) {
    const auto name = CodeName(static_cast<ErrorCode>(code));
    EXPECT_FALSE(name.empty()) << code;
    EXPECT_TRUE(names.insert(name).second) << name << " stands for two codes";
  }
  EXPECT_EQ(names, kContract);
}

TEST(Error, InvalidNamesTheField) {
  const Status status = Invalid("/name", "is empty");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kValidationFailed);
  ASSERT_EQ(status.error().fields.size(), 1u);
  EXPECT_EQ(status.error().fields[0].pointer, "/name");
  EXPECT_EQ(status.error().fields[0].detail, "is empty");
}

}  // namespace
}  // namespace latchkey
