// Records in a data directory how a backup or a drill of it ended (core/log/recovery_record.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

#include "core/log/recovery_record.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// `size`: events in the backup at `place`, or why the run failed. When the directory cannot take
// the record a note says so: the run itself counts as it was. A copy of a ledger is never written
// to, and remembers nothing.
void Remember(const std::filesystem::path& data, log::Runs log::RecoveryRecord::*kind,
              const std::string& place, const CliResult<std::uint64_t>& size, std::ostream& notes);

}  // namespace latchkey::tools
