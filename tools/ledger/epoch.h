// An epoch is one unbroken ledger: its creation begins one, and so does each restore.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "events/event.pb.h"
#include "projections/position.h"

namespace latchkey::tools {

inline constexpr std::size_t kEpochBytes = 10;

// The origin of a new ledger's checkpoints, unless it is named.
std::string OriginOf(std::string_view ledger_id, std::string_view epoch);
// The origin of the epoch that follows `before`: the same, with the new epoch at its end.
std::string OriginAfter(const projections::Epoch& before, std::string_view epoch);

// The event that begins another epoch of a restored log, in which `checkpoint_public_key` signs.
// `known` is the highest checkpoint of the epoch so far, at least the log's own head. Refuses as
// reading the log does. docs/epochs.md has it byte by byte.
Result<events::Event> BeginningOf(const log::Log& log, const log::Head& known,
                                  std::string_view checkpoint_public_key, const Clock& clock,
                                  Random& random);

// Makes the restored log in `data`/ledger a new epoch: a new id, origin and checkpoint key, which
// is written to `data`/secrets, and LedgerRestored as the next event. `known` as above. Nobody
// serves the log. Refuses as opening and reading it do, kIo. Not to be repeated when it fails half
// way: begin with another copy.
Status BeginEpoch(const std::filesystem::path& data, const rocks::Resources& resources,
                  const log::Head& known, const Clock& clock, Random& random);

}  // namespace latchkey::tools
