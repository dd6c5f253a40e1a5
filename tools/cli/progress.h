// One line on a terminal that shows the progress of long work.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "projections/projections.h"

namespace latchkey::tools {

// Rewrites its line at each call that changes the percentage, and ends it when all is done. `out`
// outlives it.
std::function<void(std::uint64_t done, std::uint64_t total)> ShowProgress(std::ostream& out,
                                                                          std::string what);
std::function<void(projections::Projections::Progress)> ShowReplay(std::ostream& out);

}  // namespace latchkey::tools
