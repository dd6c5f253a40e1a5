// The state that Decide reads: exactly the rows that domain::Apply gives, under their own keys.
#pragma once

#include <functional>
#include <string_view>

#include "core/domain/apply.h"
#include "core/domain/state.h"
#include "projections/projection.h"
#include "projections/row_cache.h"

namespace latchkey::projections {

class StateProjection final : public Projection, public domain::StateReader {
 public:
  static constexpr const char* kFamily = "state.2";

  static constexpr std::size_t kRowCacheBytes = 32u << 20;

  StateProjection(const StoredRows& stored, const Sources&)
      : stored_(stored), cache_(kRowCacheBytes) {}

  Status Load(std::uint64_t) override { return {}; }
  // Uses the batch's rows where they are known, and calls domain::Apply otherwise.
  void Apply(const EventBatch& batch, rocksdb::WriteBatch* out) override;
  bool AppliesAhead() const override { return true; }
  AsksFor BuildsInBulk() const override { return domain::IsReadOften; }
  void ApplyInBulk(const EventBatch& batch, BulkRows* out) override;
  void Publish() override;
  void Compare(const Projection& other, Differences* out) const override;

  std::optional<std::string> Get(std::string_view key) const override;

  // See Projections::Scan.
  void Scan(const domain::KeyRange& range,
            const std::function<bool(std::string_view key, std::string_view value)>& visit) const;

 private:
  StoredRows stored_;
  RowCache cache_;
  const domain::Rows* written_ = nullptr;  // from Apply to Publish
  domain::Rows replayed_;  // from the last Apply of a replay: perhaps not written yet
};

}  // namespace latchkey::projections
