// Projections in memory, for tests of the sequencer alone. Batches can be held back. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/sequencer/sequencer.h"
#include "tests/support/gate.h"

namespace latchkey::testing {

class MemoryProjections final : public ProjectionSet, private domain::StateReader {
 public:
  const domain::StateReader& state() const override { return *this; }

  Gate& gate() { return gate_; }  // before a batch is shown

  void Prepare(const EventBatch& batch) override { prepared_ = batch; }

  void Show() override {
    gate_.Pass();
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : *prepared_.rows) {
      if (value) {
        rows_[key] = *value;
      } else {
        rows_.erase(key);
      }
    }
    for (const events::Event& event : prepared_.events) {
      if (event.has_idempotency()) Remember(event);
      events_.push_back(event);
    }
  }

  std::optional<FinishedRequest> Finished(std::string_view key_sha256, Time since) const override {
    const std::lock_guard lock(mutex_);
    const auto found = finished_.find(std::string(key_sha256));
    if (found == finished_.end() || found->second.at < since) return std::nullopt;
    return found->second.request;
  }

  void ScanDeadlines(domain::DeadlineKind kind, Time from, Time until,
                     const std::function<bool(const domain::Deadline&)>& visit) const override {
    std::vector<domain::Deadline> due;
    {
      const std::lock_guard lock(mutex_);
      const auto first = rows_.lower_bound(domain::DeadlineKey({kind, from, 0, 0}));
      const auto last = rows_.lower_bound(domain::DeadlineKey({kind, until, 0, 0}));
      for (auto row = first; row != last; ++row) {
        due.push_back(domain::ParseDeadlineKey(row->first));
      }
    }
    for (const domain::Deadline& deadline : due) {
      if (!visit(deadline)) return;
    }
  }

  void ScanTokens(const std::function<void(const domain::TokenRow&)>& visit) const override {
    const domain::KeyRange range = domain::Tokens();
    const auto rows = this->rows();
    for (auto row = rows.lower_bound(range.from); row != rows.lower_bound(range.until); ++row) {
      visit(domain::ParseRow<domain::TokenRow>(row->second));
    }
  }

  std::vector<events::Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::map<std::string, std::string, std::less<>> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  struct Kept {
    FinishedRequest request;
    Time at;
  };

  std::optional<std::string> Get(std::string_view key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(key);
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }

  void Remember(const events::Event& event) {
    Kept& kept = finished_[event.idempotency().key_sha256()];
    if (kept.request.request_sha256.empty()) {
      kept.request.request_sha256 = event.idempotency().request_sha256();
      kept.request.first_sequence = event.sequence();
    }
    kept.request.last_sequence = event.sequence();
    kept.at = FromMicros(event.time_us());
  }

  Gate gate_;
  EventBatch prepared_{};  // of the showing thread
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> rows_;
  std::map<std::string, Kept> finished_;
  std::vector<events::Event> events_;
};

}  // namespace latchkey::testing
