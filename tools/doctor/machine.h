// Checks of the machine that a ledger lies on. Each is a pure function of what the system says, and
// `CheckMachine` asks the system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/time.h"
#include "tools/doctor/finding.h"

namespace latchkey::tools {

// `type` as statfs(2) has it.
Finding CheckFileSystem(std::int64_t type);
Finding CheckFreeSpace(std::uint64_t free_bytes);
// `limit` is the hard one, to which a server raises its own.
Finding CheckOpenFiles(std::uint64_t limit);
// `what`: "CA".
Finding CheckEnd(const std::string& what, Time not_after, Time now, std::chrono::hours warn_before,
                 const std::string& what_to_do);

// All but the last for a data directory. `pid` is that of its server; empty when there is none.
Findings CheckMachine(const std::filesystem::path& data, const std::string& pid);

}  // namespace latchkey::tools
