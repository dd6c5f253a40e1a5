// Where randomness comes from. Tests pass a seeded one.
#pragma once

#include <cstddef>
#include <string>

namespace latchkey {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::string Bytes(std::size_t n) = 0;  // stops the process on failure
};

}  // namespace latchkey
