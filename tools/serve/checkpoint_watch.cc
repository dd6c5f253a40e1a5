#include "tools/serve/checkpoint_watch.h"

#include <utility>

namespace latchkey::tools {

CheckpointWatch::CheckpointWatch(const Ledger& ledger, projections::Presence& presence, Say say)
    : ledger_(ledger), presence_(presence), say_(std::move(say)) {}

void CheckpointWatch::Look() {
  LookAtCheckpoint();
  if (ledger_.witnesses() != nullptr) LookAtWitnesses();
}

void CheckpointWatch::LookAtCheckpoint() {
  const log::Checkpointer& checkpoints = *ledger_.checkpointer();
  if (const auto last = checkpoints.published(); last && last->head.size != seen_size_) {
    seen_size_ = last->head.size;
    presence_.RecordPosition(
        {{ledger_.row().ledger_id(), ledger_.row().epoch()}, seen_size_, last->head});
  }
  const auto problem = checkpoints.problem();
  if (std::exchange(checkpoint_fails_, problem.has_value()) == problem.has_value()) return;
  say_(problem ? spdlog::level::err : spdlog::level::info,
       problem ? "checkpoint_not_written" : "checkpoint_written", problem ? problem->detail : "");
}

// One line when a witness begins to fail, with the reason, one when it turns out to have seen
// another history, whether it failed before or not, and one when it cosigns again.
void CheckpointWatch::LookAtWitnesses() {
  for (const witness::WitnessState& state : ledger_.witnesses()->states()) {
    Standing now = state.problem ? Standing::kFails : Standing::kCosigns;
    if (state.other_history) now = Standing::kSawAnotherHistory;
    if (std::exchange(witnesses_[state.name], now) == now) continue;
    if (now == Standing::kCosigns) {
      say_(spdlog::level::info, "witness_cosigns", state.name);
    } else if (now == Standing::kSawAnotherHistory) {
      say_(spdlog::level::err, "witness_saw_another_history", state.problem->detail);
    } else {
      say_(spdlog::level::warn, "witness_does_not_cosign", state.problem->detail);
    }
  }
}

}  // namespace latchkey::tools
