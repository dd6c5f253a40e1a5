// A sighting: a record outside the log that proves that it once had some head. A log that does not
// extend it has lost its end, or is another log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::log {

struct Sighting {
  Head head;
  std::string by;          // for a person: "the file head", "the projection state-3"
  std::string bring_back;  // which file to put back when the end is lost: "ledger/000012.log"
};

// The file to bring back when its name is not known.
inline constexpr std::string_view kNewestFile = "the newest files of ledger/";

// Returns kUnusable when `log` does not extend `seen`: the detail names the first missing sequence,
// or says that it is another history, and what to do. Damaged entries are not counted as missing.
Status CheckExtends(const Log& log, const Sighting& seen);

}  // namespace latchkey::log
