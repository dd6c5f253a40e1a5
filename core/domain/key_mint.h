// Derives the secret of a key from the master key, so that keys are never stored (docs/design.md
// §6):
//   secret = first 16 bytes of HMAC-SHA-256(master key,
//     "latchkey/registration-key/v1" ‖ ledger id (16) ‖ epoch (10) ‖ gateway (8, big-endian)
//     ‖ generation (4, big-endian) ‖ nonce (16))
// and the secret of a webhook, which is all 32 bytes, with "latchkey/webhook-secret/v1" and the
// number of the webhook in the place of the gateway's.
// Issues keys under one master key; can show keys of earlier master keys that it is given.
// Immutable after construction; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/secret.h"
#include "events/event.pb.h"

namespace latchkey::domain {

inline constexpr std::size_t kMasterKeyBytes = 32;
inline constexpr std::size_t kKeyNonceBytes = 16;  // of the key of a gateway

class KeyMint {
 public:
  // `master` and those of `earlier` are 32 bytes each.
  KeyMint(crypto::Secret master, std::string ledger_id, std::string epoch,
          std::vector<crypto::Secret> earlier = {});

  // The secret of a key to be issued, under the master key in use.
  crypto::Secret Derive(std::uint64_t gateway, std::uint32_t generation,
                        std::string_view nonce) const;
  // The secret of a key that was issued under this master key; null when we do not have it.
  std::optional<crypto::Secret> DeriveAgain(std::string_view master_key_id, std::uint64_t gateway,
                                            std::uint32_t generation, std::string_view nonce) const;

  // The secret of a webhook, as was recorded of it; null when we do not have its master key.
  std::optional<crypto::Secret> DeriveOfWebhook(std::uint64_t webhook,
                                                const events::WebhookSecret& recorded) const;

  const std::string& master_key_id() const { return masters_.front().id; }  // of the one in use
  bool Knows(std::string_view master_key_id) const { return Find(master_key_id) != nullptr; }
  std::vector<std::string> earlier_ids() const;

 private:
  struct Master {
    std::string id;
    crypto::Secret key;
  };
  const Master* Find(std::string_view id) const;
  crypto::Secret DeriveFrom(const Master& master, std::uint64_t gateway, std::uint32_t generation,
                            std::string_view nonce) const;
  std::string Input(std::string_view label, std::uint64_t number, std::uint32_t generation,
                    std::string_view nonce) const;

  std::vector<Master> masters_;  // the one in use first
  std::string ledger_;           // id and epoch
};

// The id of a master key: the first 8 bytes of its SHA-256.
std::string MasterKeyId(std::string_view master);

}  // namespace latchkey::domain
