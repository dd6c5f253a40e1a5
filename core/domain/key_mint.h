// Derives the secret of a key from the master key, so that nothing at rest holds a key (DESIGN §6):
//   secret = first 16 bytes of HMAC-SHA-256(master key,
//     "latchkey/registration-key/v1" ‖ ledger id (16) ‖ epoch (10) ‖ gateway (8, big-endian)
//     ‖ generation (4, big-endian) ‖ nonce (16))
// Immutable after construction; thread-safe.
#pragma once

#include <string>

#include "core/crypto/secret.h"

namespace latchkey::domain {

class KeyMint {
 public:
  // `master` is 32 bytes.
  KeyMint(crypto::Secret master, std::string ledger_id, std::string epoch);

  crypto::Secret Derive(std::uint64_t gateway, std::uint32_t generation,
                        std::string_view nonce) const;
  const std::string& master_key_id() const { return id_; }  // first 8 bytes of SHA-256(master key)

 private:
  crypto::Secret master_;
  std::string context_;
  std::string id_;
};

}  // namespace latchkey::domain
