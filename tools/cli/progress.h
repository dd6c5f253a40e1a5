// One line on a terminal that shows the progress of long work.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "core/base/time.h"
#include "projections/projections.h"

namespace latchkey::tools {

// Rewrites its line when the percentage has changed or a second has passed, and ends it when all is
// done. After the first second it has the rate so far, and how long the rest takes at that rate.
// `out` and `clock` outlive it; null is the machine's clock.
std::function<void(std::uint64_t done, std::uint64_t total)> ShowProgress(
    std::ostream& out, std::string what, const Clock* clock = nullptr);
std::function<void(projections::Projections::Progress)> ShowReplay(std::ostream& out);

// "less than a second", "40 s", "3 min", "2 h 5 min"
std::string TimeLeft(std::chrono::seconds left);

}  // namespace latchkey::tools
