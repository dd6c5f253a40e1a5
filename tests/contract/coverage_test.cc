// When all tests of this program have run, every answer that the contract lists has been seen,
// except those with a stated reason.
#include <map>

#include <gtest/gtest.h>

#include "tests/support/openapi.h"

namespace latchkey::testing {
namespace {

const std::map<std::string, std::string> kSeenElsewhere = {
    {"overloaded", "needs a full queue: the API's own tests, as all of these"},
    {"provider_unreachable", "needs a provider that is away: tests/identity"},
    {"behind", "on one node reads are never behind"},
    {"outcome_unknown", "needs a failing disk"},
    {"request_in_progress", "needs a request that hangs"},
    {"generation_limit", "needs 65,535 keys"},
    {"too_many_tokens", "needs 10,000 tokens"},
    {"POST /v1/webhooks/{webhook}/test read_only", "needs a read-only server: ReadOnlyTest"},
    {"POST /v1/webhooks/{webhook}/replay read_only", "needs a read-only server: ReadOnlyTest"},
    {"POST /v1/session read_only", "needs a failing disk: KeptSessionsTest"},
    {"DELETE /v1/session read_only", "needs a failing disk: KeptSessionsTest"},
    {"DELETE /v1/sessions read_only", "needs a failing disk: KeptSessionsTest"},
    {"DELETE /v1/sessions/{session} read_only", "needs a failing disk: KeptSessionsTest"},
    {"GET /crl.der not_found", "needs a CA that may not sign lists: TrustTest"},
};

bool SeenElsewhere(const Listed& listed) {
  return kSeenElsewhere.contains(listed.code) ||
         kSeenElsewhere.contains(listed.operation.method + " " + listed.operation.path + " " +
                                 listed.code);
}

class Coverage : public ::testing::Environment {
 public:
  void TearDown() override {
    const auto* all = ::testing::UnitTest::GetInstance();
    if (all->test_to_run_count() != all->total_test_count()) return;
    const std::set<Listed> seen = OpenApi::Instance().Seen();
    for (const Listed& listed : OpenApi::Instance().AllListed()) {
      if (SeenElsewhere(listed) || seen.contains(listed)) continue;
      ADD_FAILURE() << "no test has seen " << listed.operation.method << " "
                    << listed.operation.path << " → " << listed.status << " " << listed.code;
    }
  }
};

[[maybe_unused]] const auto* const kCoverage =
    ::testing::AddGlobalTestEnvironment(new Coverage);  // owned by GoogleTest

}  // namespace
}  // namespace latchkey::testing
