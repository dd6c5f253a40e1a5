#include "core/crypto/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>

#include "core/base/check.h"

namespace latchkey::crypto {
namespace {

void Fill(unsigned char* out, std::size_t n) {
  Check(RAND_bytes(out, static_cast<int>(n)) == 1, "the system has no randomness to give");
}

// A reserve of random bytes per thread: a call of RAND_bytes costs more than its bytes. Used bytes
// are wiped at once, the rest when the thread ends. A process that forks must exec: its child would
// draw the same bytes.
struct Ahead {
  std::array<unsigned char, 1024> bytes;
  std::size_t used = sizeof bytes;
  ~Ahead() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

}  // namespace

std::string SystemRandom::Bytes(std::size_t n) {
  thread_local Ahead ahead;
  std::string out(n, '\0');
  if (n > ahead.bytes.size() / 4) {
    Fill(reinterpret_cast<unsigned char*>(out.data()), n);
    return out;
  }
  if (ahead.bytes.size() - ahead.used < n) {
    Fill(ahead.bytes.data(), ahead.bytes.size());
    ahead.used = 0;
  }
  unsigned char* const next = ahead.bytes.data() + ahead.used;
  std::memcpy(out.data(), next, n);
  OPENSSL_cleanse(next, n);
  ahead.used += n;
  return out;
}

}  // namespace latchkey::crypto
