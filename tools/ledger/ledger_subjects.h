// The sealing keys beside a ledger that has events: its own and no others. Made anew, or taken from
// another ledger, they would give its subjects second keys and open nothing that is sealed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/log/log.h"
#include "core/subjects/subjects.h"

namespace latchkey::tools {

// `access` is kWrite or kRead. Refuses with kUnusable, saying what to do, when they are missing,
// damaged, of another ledger, or fewer than `known_keys`, which the ledger knows to have been made;
// with kInUse, kIo. A store that does not say whose it is was made
// before that was written down: it is the ledger's when it opens what was sealed first, and with
// kWrite says so from then on.
Result<std::unique_ptr<Subjects>> OpenSubjectsOf(const log::Log& log, std::uint64_t known_keys,
                                                 const std::filesystem::path& directory,
                                                 const rocks::Resources& resources,
                                                 Subjects::Access access);

}  // namespace latchkey::tools
