// Random histories: a few accounts, gateways and parties, a clock that advances and steps both ways
// as far as accepted times allow, restarts, timers, messages, webhooks. After every command the
// answer and the state are those of the reference model. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/domain/derived_rows.h"
#include "tests/core/domain/ledger_fixture.h"
#include "tests/core/domain/reference_model.h"

namespace latchkey::testing {

// Its parameter is added to the seed of the run.
class RandomHistory : public ::testing::TestWithParam<int> {
 protected:
  // One random act, whose answer and effect are compared at once.
  void Step();
  // Compares all there is, and derives the rows again.
  void CheckEverything();

  std::uint64_t Below(std::uint64_t bound) { return random_.Below(bound); }
  bool OneIn(std::uint64_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Any(const std::vector<T>& of) {
    return of[Below(of.size())];
  }
  const std::string& AnyAccount();  // open or not
  // Mostly one that is not removed; now and then one that is, or none.
  std::uint64_t AnyGateway();
  std::uint32_t AnyGeneration(std::uint64_t gateway);
  // Sets If-Match of the next command, usually correctly; true when it is stale.
  bool MaybeIfMatch(std::uint64_t gateway);

  void Same(const Outcome& outcome, const std::string& word, std::uint64_t gateway,
            const std::string& what);
  void Add();
  void Manage();
  void Tokens();
  void Generate();
  void Redeem();
  ReferenceModel::Which AnyCertificate(std::uint64_t gateway, std::string* sha256);
  void Present();
  void Renew(std::uint64_t gateway, ReferenceModel::Which which, const std::string& certificate);
  void PassTime();
  void ToDeadline(std::uint64_t gateway);
  void ReadClock();
  void CheckRefusal(const Rows& before, std::uint64_t gateway, std::uint32_t generation);

  void Messages();
  // Mostly one of the gateway's; now and then any there is, or none.
  std::uint64_t AnyMessage(std::uint64_t gateway);
  bool Send(std::uint64_t gateway, bool stale);  // whether it was taken
  void Cancel(std::uint64_t gateway, bool stale);
  void Acknowledge();
  void CheckMessages(std::uint64_t gateway);

  void Webhooks();
  // Mostly one that is there; now and then one that was removed, or none.
  std::uint64_t AnyWebhook();
  ReferenceWebhooks::Settings AnySettings();
  void AddWebhook();
  void ChangeWebhook(std::uint64_t webhook);
  void RotateWebhook(std::uint64_t webhook);
  void SameWebhooks(const Outcome& outcome, const std::string& word, std::uint64_t webhook,
                    const std::string& what);
  void CheckNewSecret(std::uint64_t webhook);
  void CheckWebhooks();

  const std::uint64_t seed_ = Seed() + static_cast<std::uint64_t>(GetParam());
  SeededRandom random_{seed_};
  TestLedger ledger_{seed_};
  ReferenceModel model_{ledger_.clock().Now()};
  std::string last_;                                            // command
  std::set<std::pair<std::uint64_t, std::uint32_t>> redeemed_;  // keys
  int acknowledged_ = 0;                                        // messages
  // The certificates of renewals, by the gateway and their number there.
  std::map<std::pair<std::uint64_t, std::size_t>, std::string> renewals_;
  std::vector<std::string> thrown_away_;                  // certificates never recorded
  std::map<std::uint64_t, std::string> webhook_secrets_;  // the last of each webhook
  std::set<std::string> webhook_secrets_made_;            // all there ever were
};

}  // namespace latchkey::testing
