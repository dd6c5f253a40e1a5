// The options of a bench.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace latchkey::tools {

struct BenchOptions {
  std::vector<std::string> names{};  // which to run; empty: all
  bool quick = false;  // seconds instead of minutes; proves that the bench works, measures little
  bool json = false;   // for programs
  std::uint64_t events = 0;  // in the ledger of `recovery`; 0: as the bench chooses
  // Where the run creates a directory for its ledgers and databases, removed at the end. Must be a
  // real disk: in memory a synced write costs nothing.
  std::filesystem::path directory = "/var/tmp";
  std::filesystem::path program{};  // the latchkey to serve with; empty: the running program
};

}  // namespace latchkey::tools
