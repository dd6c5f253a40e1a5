// How much a verification tells.
#pragma once

#include <cstddef>

namespace latchkey::tools {

inline constexpr std::size_t kMaxViolations = 20;  // of one pass; the first ones

}  // namespace latchkey::tools
