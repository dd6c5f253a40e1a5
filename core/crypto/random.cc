#include "core/crypto/random.h"

#include <openssl/rand.h>

#include "core/base/check.h"

namespace latchkey::crypto {

std::string SystemRandom::Bytes(std::size_t n) {
  std::string bytes(n, '\0');
  Check(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(n)) == 1,
        "the system has no randomness to give");
  return bytes;
}

}  // namespace latchkey::crypto
