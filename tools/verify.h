// Judges a whole ledger: every hash, the tree, that each entry is an event in its place, and all of
// DESIGN §9 that can be read off a ledger (core/domain/invariants.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/domain/invariants.h"
#include "core/log/log.h"

namespace latchkey::tools {

// Rows of state kept in memory before they go to disk: about half a gigabyte.
inline constexpr std::size_t kMaxVerifyRows = 1'000'000;
inline constexpr std::size_t kMaxViolations = 20;

struct VerifyOptions {
  std::filesystem::path scratch;  // where there is room for the state of a large ledger meanwhile
  std::size_t max_rows = kMaxVerifyRows;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
};

struct VerifyReport {
  std::uint64_t size = 0;                       // of the log when this began
  std::string root;                             // as computed
  std::vector<domain::Violation> violations{};  // in order; at most kMaxViolations
  bool good() const { return violations.empty(); }
};

// Reads the log as it stands now; it may go on growing. Says all it finds in the report; refuses
// only with kIo, when there is no place for the state.
Result<VerifyReport> Verify(const log::Log& log, const VerifyOptions& options);

}  // namespace latchkey::tools
