// The operating system's randomness through OpenSSL's DRBG. Thread-safe.
#pragma once

#include "core/base/random.h"

namespace latchkey::crypto {

class SystemRandom final : public Random {
 public:
  std::string Bytes(std::size_t n) override;
};

}  // namespace latchkey::crypto
