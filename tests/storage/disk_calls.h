// The calls by which this process changes files below one directory, whoever makes them: our own
// code, RocksDB or the C++ library. They can fail, and what a power failure would leave of that
// directory can be copied at any of them.
//
// FaultFs models the same under RocksDB alone; backups and restores also write with plain system
// calls. The functions of the C library are replaced in the whole test program, and do what they
// always do until Watch. For a process that ends soon after (InProcess). Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "tests/support/fakes.h"

namespace latchkey::testing {

enum class SystemCall { kWrite, kSync, kRename };
enum class SystemFault {
  kError,    // EIO, and nothing has happened
  kNoSpace,  // ENOSPC, and nothing has happened
  kTorn      // of a write half is there, of everything else all of it; then EIO
};

struct SystemRule {
  SystemCall call;
  SystemFault fault;
  std::uint64_t nth = 0;  // of those calls, from 0
  bool lasting = false;   // all after it too
};

// From now on. What is below `directory` at this moment counts as durable. Once in a process.
void WatchCalls(const std::filesystem::path& directory);
void FailCall(const SystemRule& rule);
// Before the call number `nth` of all: copies to `image` what is durable then (with `random`:
// perhaps some of what is not, by chance), and ends the process with 0.
void LosePowerAt(std::uint64_t nth, const std::filesystem::path& image, SeededRandom* random);
// The same now, and goes on.
void CopyAsAfterPowerLoss(const std::filesystem::path& image, SeededRandom* random);
std::uint64_t CallsSoFar(std::optional<SystemCall> call = std::nullopt);

}  // namespace latchkey::testing
