// Evidence of a ledger's size outside its directory: a second checkpoint on another disk, and what
// witnesses have cosigned. Only they show that a whole directory is an old copy.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/env.h>

#include "core/base/error.h"
#include "core/log/log.h"
#include "core/log/note.h"
#include "core/log/sighting.h"
#include "core/witness/witnesses.h"

namespace latchkey::tools {

struct Elsewhere {
  const std::filesystem::path& checkpoint;       // the ledger's own; empty: none
  const std::filesystem::path& checkpoint_copy;  // empty: none
  const witness::WitnessOptions& witnesses;
};

// All that is known elsewhere of `found`, whose checkpoints `key` signs; null: it has no events
// yet. What is missing or out of reach is told in `*warnings`. Refuses with kUnusable when the
// second checkpoint is not of this ledger, so that it is never overwritten, or a witness that shows
// nothing says that it has seen another history; with kIo when that checkpoint cannot be read.
Result<std::vector<log::Sighting>> SeenElsewhere(const Elsewhere& elsewhere, const log::Log& found,
                                                 const std::optional<log::NoteKey>& key,
                                                 rocksdb::Env* env,
                                                 std::vector<std::string>* warnings);

}  // namespace latchkey::tools
