// Looks for what is wrong with a data directory, its server and its machine, and says what to do.
// Changes nothing.
#pragma once

#include <filesystem>

#include "core/base/time.h"
#include "tools/doctor/finding.h"
#include "tools/ledger/unserved.h"

namespace latchkey::tools {

struct DoctorOptions {
  std::filesystem::path data;
  std::filesystem::path credentials{};  // see SecretSources
  CaFiles ca{};                         // of a ledger that is served with --ca-cert
  const Clock* clock = nullptr;         // null: the machine's own
};

// All findings, in the order in which they should be read: the first that is not well may be the
// cause of those behind it.
Findings Examine(const DoctorOptions& options);

}  // namespace latchkey::tools
