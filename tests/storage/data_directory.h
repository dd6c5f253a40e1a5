// A data directory as tests of storage use it: made once, copied for each run, worked on in a
// process of its own, and looked at afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "tests/support/fakes.h"
#include "tools/ledger/ledger.h"

namespace latchkey::testing {

// How many runs a test makes: LATCHKEY_STORAGE_RUNS in the environment, else `otherwise`.
std::uint64_t StorageRuns(std::uint64_t otherwise);

// A ledger with some accounts and gateways, stopped cleanly; made at the first call. `killed`: as a
// kill leaves it, with part of it in the write-ahead log and the projections behind.
const std::filesystem::path& MadeLedger(bool killed);

// Opens the ledger in `data`, with housekeeping of presence as a server has it.
Result<std::unique_ptr<tools::Ledger>> OpenLedger(const std::filesystem::path& data,
                                                  const rocks::Resources& resources);

// Does something at random: opens an account, adds or renames a gateway, shows a key. Returns the
// head once it was answered, null when it was refused.
std::optional<log::Head> ActAtRandom(tools::Ledger& ledger, SeededRandom& random);

// Runs `work` in a process of its own and returns what it has given to `report`, line by line, up
// to its end. That may be an end with 5, for a directory it cannot use; a crash fails the test.
struct Ended {
  std::vector<std::string> lines;
  bool unusable = false;
};
Ended InProcess(
    const std::function<void(const std::function<void(const std::string&)>& report)>& work);

std::string ToLine(const log::Head& head);
log::Head FromLine(const std::string& line);

// The state of a ledger: whether it can be opened, and its content.
struct Found {
  bool opened = false;
  std::string refusal{};  // in words, with the error's code in front, when it was not
  log::Head head{};
  std::string lost{};        // why it does not extend what was answered
  std::string violations{};  // of the invariants
};
// Opens it in a process of its own, with a sound disk, holds it against what was answered and all
// that must always be true, and does something more.
Found LookAt(const std::filesystem::path& data, const std::vector<log::Head>& answered);

}  // namespace latchkey::testing
