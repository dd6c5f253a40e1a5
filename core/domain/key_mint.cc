#include "core/domain/key_mint.h"

#include <utility>

#include "core/base/big_endian.h"
#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "core/domain/key_codec.h"

namespace latchkey::domain {
namespace {

constexpr std::string_view kLabel = "latchkey/registration-key/v1";
constexpr std::string_view kWebhookLabel = "latchkey/webhook-secret/v1";
constexpr std::size_t kMasterIdBytes = 8;
constexpr std::size_t kLedgerIdBytes = 16;
constexpr std::size_t kEpochBytes = 10;

}  // namespace

std::string MasterKeyId(std::string_view master) {
  return crypto::Sha256(master).substr(0, kMasterIdBytes);
}

KeyMint::KeyMint(crypto::Secret master, std::string ledger_id, std::string epoch,
                 std::vector<crypto::Secret> earlier)
    : ledger_(ledger_id + epoch) {
  // Every part has a fixed length, so different inputs never give the same bytes.
  Check(ledger_id.size() == kLedgerIdBytes && epoch.size() == kEpochBytes,
        "a ledger id is 16 bytes, an epoch 10");
  const auto add = [&](crypto::Secret key) {
    Check(key.view().size() == kMasterKeyBytes, "a master key is 32 bytes");
    std::string id = MasterKeyId(key.view());
    masters_.push_back({std::move(id), std::move(key)});
  };
  masters_.reserve(1 + earlier.size());
  add(std::move(master));
  for (crypto::Secret& key : earlier) add(std::move(key));
}

const KeyMint::Master* KeyMint::Find(std::string_view id) const {
  for (const Master& master : masters_) {
    if (master.id == id) return &master;
  }
  return nullptr;
}

std::vector<std::string> KeyMint::earlier_ids() const {
  std::vector<std::string> ids;
  for (std::size_t i = 1; i < masters_.size(); ++i) ids.push_back(masters_[i].id);
  return ids;
}

std::string KeyMint::Input(std::string_view label, std::uint64_t number, std::uint32_t generation,
                           std::string_view nonce) const {
  Check(nonce.size() == kKeyNonceBytes, "the nonce of a secret is 16 bytes");
  std::string input = std::string(label).append(ledger_);
  PutNumber(number, 8, &input);
  PutNumber(generation, 4, &input);
  return input.append(nonce);
}

crypto::Secret KeyMint::DeriveFrom(const Master& master, std::uint64_t gateway,
                                   std::uint32_t generation, std::string_view nonce) const {
  std::string mac =
      crypto::HmacSha256(master.key.view(), Input(kLabel, gateway, generation, nonce));
  crypto::Secret secret(mac.substr(0, kSecretBytes));
  crypto::Wipe(&mac);
  return secret;
}

crypto::Secret KeyMint::Derive(std::uint64_t gateway, std::uint32_t generation,
                               std::string_view nonce) const {
  return DeriveFrom(masters_.front(), gateway, generation, nonce);
}

std::optional<crypto::Secret> KeyMint::DeriveAgain(std::string_view master_key_id,
                                                   std::uint64_t gateway, std::uint32_t generation,
                                                   std::string_view nonce) const {
  const Master* master = Find(master_key_id);
  if (master == nullptr) return std::nullopt;
  return DeriveFrom(*master, gateway, generation, nonce);
}

std::optional<crypto::Secret> KeyMint::DeriveOfWebhook(
    std::uint64_t webhook, const events::WebhookSecret& recorded) const {
  const Master* master = Find(recorded.master_key_id());
  if (master == nullptr) return std::nullopt;
  return crypto::Secret(crypto::HmacSha256(
      master->key.view(), Input(kWebhookLabel, webhook, recorded.generation(), recorded.nonce())));
}

}  // namespace latchkey::domain
