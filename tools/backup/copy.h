// Makes a data directory that holds a ledger as it was after one of its events. It is a copy: it
// can be read and served with --read-only, and nobody can write to it. It has the sealing keys of
// the ledger, so that names can be read, and none of its secrets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/base/error.h"
#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "tools/process/step_hook.h"

namespace latchkey::tools {

using ProgressHook = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct CopyOptions {
  std::filesystem::path data;     // of the ledger, which may be served meanwhile
  std::filesystem::path into;     // must not exist or be empty
  std::uint64_t until = 0;        // sequence of the last event in the copy
  std::string epoch{};            // in which that sequence was meant, as in positions; empty: any
  std::filesystem::path scratch;  // for verification
  ProgressHook copied{}, replayed{}, verified{};  // of the three long parts, in this order
  StepHook step{};
};

// Returns the head of the copy. Reads the ledger without changing it. The copy grows under a
// temporary name beside `into` and takes its place when all of it is verified; when killed this can
// be run again. Refuses with kPositionUnknown when the ledger has no such event or is in another
// epoch; kUnusable when it is damaged, its sealing keys are missing, or `into` holds other things;
// kInUse while `into` is being made; kIo.
Result<log::Head> CopyLedger(const CopyOptions& options, const rocks::Resources& resources);

}  // namespace latchkey::tools
