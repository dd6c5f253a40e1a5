// A sequencer over a log in memory whose appends can be held back, and words to drive it.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/domain/apply.h"
#include "core/domain/invariants.h"
#include "core/domain/key_mint.h"
#include "core/sequencer/sequencer.h"
#include "events/codec.h"
#include "tests/core/sequencer/memory_projections.h"
#include "tests/support/fakes.h"
#include "tests/support/gated_log.h"
#include "tests/support/memory_log.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace latchkey::testing {

class SequencerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    subjects_ = Subjects::Open(dir_ / "subjects", resources_, Subjects::Access::kMake).value();
    options_.settings = {ledger_limits::kDefaultConfirmWindow, ledger_limits::kDowntimeGrace};
    Start();
    ASSERT_TRUE(Run({domain::CreateLedger{std::string(16, 'l'), std::string(10, 'e'), "origin",
                                          "ca", std::string(32, 'k'), std::string(32, 'o')}})
                    .answer);
    ASSERT_TRUE(Run({domain::OpenAccount{"acme"}}).answer);
  }

  // Every test ends with the ledger's own invariants, and with a rebuild that gives the live rows.
  void TearDown() override {
    Stop();
    testing::MemoryState state;
    events::Event previous;
    bool first = true;
    const Status scanned = log_.Scan(0, log_.size(), [&](std::uint64_t, std::string_view bytes) {
      events::Event event;
      EXPECT_TRUE(events::DecodeInto(bytes, &event));
      for (const auto& violation :
           domain::FindViolations(state, first ? nullptr : &previous, event)) {
        ADD_FAILURE() << violation.sequence << " " << violation.invariant << " "
                      << violation.detail;
      }
      state.Write(domain::Apply(state, event));
      previous = event;
      first = false;
      return true;
    });
    EXPECT_TRUE(scanned);
    if (compare_at_end_) {
      EXPECT_EQ(state.rows(), projections_.rows());
    }
  }

  void Start() {
    sequencer_ = std::make_unique<Sequencer>(gated_, projections_, *subjects_, mint_, clock_,
                                             random_, options_);
  }
  void Stop() {
    gated_.Open();
    projections_.gate().Open();
    sequencer_.reset();
  }

  static bool IsAnswered(const std::future<Outcome>& outcome) {
    return outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  // Submits a request and returns its future answer.
  std::future<Outcome> Send(domain::Submission request) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    std::future<Outcome> future = promise->get_future();
    const Status queued = sequencer_->Submit(
        std::move(request), [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    if (!queued) promise->set_value(Outcome{queued.error()});
    return future;
  }
  Outcome Run(domain::Submission request) { return Send(std::move(request)).get(); }

  static domain::Submission Add(const std::string& name) {
    return {domain::AddGateway{"acme", name, 0, ledger_limits::kDefaultKeyLifetime}};
  }
  // A token of that name, which expires.
  static domain::Submission Token(const std::string& name, std::chrono::seconds lifetime) {
    return {domain::CreateToken{
        name, domain::TokenRole::kOperator, {}, lifetime, crypto::Sha256("token " + name)}};
  }
  static domain::Submission As(std::uint64_t token, domain::Command command) {
    return {std::move(command), {domain::Actor::Kind::kToken, token, "", "10.0.0.1"}};
  }
  static domain::Submission WithKey(domain::Submission request, const std::string& key,
                                    const std::string& body) {
    request.idempotency = domain::IdempotencyTag{crypto::Sha256(key), crypto::Sha256(body)};
    return request;
  }

  // A redemption of the gateway's latest key by the party of that name.
  domain::Submission Redeem(std::uint64_t gateway, const std::string& party) {
    const domain::GatewayRow row = *domain::ReadGateway(projections_.state(), gateway);
    const crypto::Secret secret = mint_.Derive(gateway, row.key().generation(), row.key().nonce());
    domain::RedeemKey redeem{gateway,
                             row.key().generation(),
                             crypto::Sha256(secret.view()),
                             crypto::Sha256(party),
                             {},
                             "",
                             {}};
    const std::string der = "certificate " + std::to_string(certificates_++) + " of " + party;
    redeem.offer = domain::CertificateOffer{der, crypto::Sha256(der), "01",
                                            clock_.Now() + std::chrono::hours(1000)};
    return {std::move(redeem), {domain::Actor::Kind::kAddress, 0, "", "127.0.0.1"}};
  }

  std::size_t Count(events::Event::FactCase fact) const {
    std::size_t count = 0;
    for (const events::Event& event : projections_.events()) count += event.fact_case() == fact;
    return count;
  }
  // Waits for the timers, which look every 100 ms of real time, to append one of these.
  void WaitFor(events::Event::FactCase fact, std::size_t count) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (Count(fact) < count && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(Count(fact), count);
  }
  // Waits until the sequencer has completed another check of clock, space and timers: by then it
  // has taken all earlier requests, and has answered those that need no batch.
  void WaitForTicks() {
    const std::uint64_t enough = sequencer_->metrics().ticks + 2;
    while (sequencer_->metrics().ticks < enough) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  TempDir dir_;
  FakeClock clock_;
  SeededRandom random_;
  rocks::Resources resources_ = rocks::Resources::Create();
  std::unique_ptr<Subjects> subjects_;
  testing::MemoryLog log_;
  GatedLog gated_{log_};
  MemoryProjections projections_;
  domain::KeyMint mint_{crypto::Secret(std::string(32, 'm')), std::string(16, 'l'),
                        std::string(10, 'e')};
  Sequencer::Options options_;
  std::unique_ptr<Sequencer> sequencer_;
  int certificates_ = 0;
  bool compare_at_end_ = true;
};

}  // namespace latchkey::testing
