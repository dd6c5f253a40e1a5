#include "tests/support/fakes.h"

#include <cstdlib>

namespace latchkey::testing {

std::uint64_t Seed() {
  static const std::uint64_t seed = [] {
    if (const char* given = std::getenv("LATCHKEY_SEED")) {
      return static_cast<std::uint64_t>(std::strtoull(given, nullptr, 10));
    }
    return static_cast<std::uint64_t>(std::random_device{}());
  }();
  return seed;
}

std::string SeededRandom::Bytes(std::size_t n) {
  const std::lock_guard lock(mutex_);
  std::string bytes(n, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine_() & 0xff);
  return bytes;
}

std::uint64_t SeededRandom::Below(std::uint64_t bound) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
}

}  // namespace latchkey::testing
