// The sealing keys beside a ledger that has events: only its own. New ones, or those of another
// ledger, would give its subjects second keys and could not open sealed data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/log/log.h"
#include "core/subjects/subjects.h"

namespace latchkey::tools {

// `access` is kWrite or kRead. Refuses with kUnusable, saying what to do, when they are missing,
// damaged, of another ledger, or fewer than `known_keys`, which the ledger knows to have been made;
// with kInUse, kIo. A store without a ledger id is from an earlier release: it belongs to the
// ledger if it opens the first sealed fields, and with kWrite records the id then.
Result<std::unique_ptr<Subjects>> OpenSubjectsOf(const log::Log& log, std::uint64_t known_keys,
                                                 const std::filesystem::path& directory,
                                                 const rocks::Resources& resources,
                                                 Subjects::Access access);

}  // namespace latchkey::tools
