// Looks after the evidence of a served ledger: tells when a checkpoint cannot be written and when a
// witness does not cosign, and records the ledger's size in presence.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <spdlog/common.h>

#include "projections/presence.h"
#include "tools/ledger/ledger.h"

namespace latchkey::tools {

// One thread.
class CheckpointWatch {
 public:
  using Say = std::function<void(spdlog::level::level_enum, std::string_view event,
                                 std::string_view detail)>;

  // Ledger and presence outlive it. The ledger is not read-only.
  CheckpointWatch(const Ledger& ledger, projections::Presence& presence, Say say);

  void Look();

 private:
  enum class Standing { kCosigns, kFails, kSawAnotherHistory };

  void LookAtCheckpoint();
  void LookAtWitnesses();

  const Ledger& ledger_;
  projections::Presence& presence_;
  const Say say_;
  std::uint64_t seen_size_ = 0;                // by presence
  bool checkpoint_fails_ = false;              // as last told
  std::map<std::string, Standing> witnesses_;  // by name, as last told
};

}  // namespace latchkey::tools
