// Requests with an Idempotency-Key that made events, for 24 hours of event time: which events they
// made, never their answers.
//
// Rows: 'k' ‖ key digest → first sequence ‖ last sequence ‖ time ‖ request digest, and in order of
// time 't' ‖ time ‖ key digest → "". Rows past their 24 hours no longer count: they are dropped as
// events come in, a few per event, so that no batch has to drop a whole day's; until then they are
// hidden.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.h"
#include "core/sequencer/projection_set.h"
#include "projections/projection.h"

namespace latchkey::projections {

class FinishedRequests final : public Projection {
 public:
  static constexpr const char* kFamily = "finished.1";

  FinishedRequests(const StoredRows& stored, const Sources& sources)
      : stored_(stored), log_(sources.log) {}

  Status Load(std::uint64_t size) override;
  void Apply(const EventBatch& batch, rocksdb::WriteBatch* out) override;
  void Compare(const Projection& other, Differences* out) const override;

  std::optional<FinishedRequest> Find(std::string_view key_sha256, Time since) const;

 private:
  void DropOld(std::size_t limit, rocksdb::WriteBatch* out);

  StoredRows stored_;
  const log::Log& log_;
  std::int64_t last_us_ = 0;   // time of the last event applied
  std::int64_t front_us_ = 0;  // no row in order of time is before this
};

}  // namespace latchkey::projections
