#include "core/crypto/passphrase.h"

#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/crypto/aead.h"
#include "core/crypto/openssl.h"

namespace latchkey::crypto {
namespace {

// Somewhat more than the block that the cost needs, for what OpenSSL allocates beside it.
constexpr std::uint64_t kMaxMemory = (std::uint64_t{1} << 30) + (32u << 20);

}  // namespace

Secret KeyFromPassphrase(std::string_view passphrase, std::string_view salt, ScryptCost cost) {
  std::string key(kAeadKeyBytes, '\0');
  Check(EVP_PBE_scrypt(passphrase.data(), passphrase.size(), Bytes(salt), salt.size(),
                       std::uint64_t{1} << cost.log2_n, cost.r, cost.p, kMaxMemory,
                       reinterpret_cast<unsigned char*>(key.data()), key.size()) == 1,
        "scrypt failed");
  return Secret(std::move(key));
}

}  // namespace latchkey::crypto
