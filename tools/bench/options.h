// What a bench is to do.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace latchkey::tools {

struct BenchOptions {
  std::vector<std::string> names{};  // which to run; empty: all
  bool quick = false;  // seconds instead of minutes; proves that the bench works, measures little
  bool json = false;   // for programs
  // Where ledgers and databases of the run lie, in a directory of their own that goes with it. Must
  // be a real disk: in memory a synced write costs nothing.
  std::filesystem::path directory = "/var/tmp";
  std::filesystem::path program{};  // the latchkey to serve with; empty: the one that runs
};

}  // namespace latchkey::tools
