// Units of numbers that people read or give.
#pragma once

#include <cstdint>

namespace latchkey {

inline constexpr std::uint64_t kMegabyte = 1'000'000;  // bytes

}  // namespace latchkey
