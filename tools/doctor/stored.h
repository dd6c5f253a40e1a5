// Checks of what a data directory holds. They only read, and work beside a running server.
#pragma once

#include <filesystem>

#include "core/base/time.h"
#include "tools/doctor/finding.h"
#include "tools/ledger/unserved.h"

namespace latchkey::tools {

// The secrets of a ledger that is served with `given` as its CA, if with any, and with
// `credentials` as systemd's (empty: none); the ledger, the files that show its size, and the clock
// beside its newest event. A copy has no secrets and no checkpoint.
Findings CheckStored(const std::filesystem::path& data, const std::filesystem::path& credentials,
                     const CaFiles& given, Time now);

}  // namespace latchkey::tools
