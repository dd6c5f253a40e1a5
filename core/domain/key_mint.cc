#include "core/domain/key_mint.h"

#include <utility>

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "core/domain/key_codec.h"

namespace latchkey::domain {
namespace {

constexpr std::string_view kLabel = "latchkey/registration-key/v1";
constexpr std::size_t kMasterBytes = 32;
constexpr std::size_t kMasterIdBytes = 8;
constexpr std::size_t kLedgerIdBytes = 16;
constexpr std::size_t kEpochBytes = 10;
constexpr std::size_t kNonceBytes = 16;

void AppendBigEndian(std::uint64_t value, std::size_t bytes, std::string* out) {
  while (bytes-- > 0) *out += static_cast<char>(value >> (8 * bytes));
}

}  // namespace

KeyMint::KeyMint(crypto::Secret master, std::string ledger_id, std::string epoch)
    : master_(std::move(master)),
      context_(std::string(kLabel) + ledger_id + epoch),
      id_(crypto::Sha256(master_.view()).substr(0, kMasterIdBytes)) {
  // Every part has a fixed length, so no two different inputs are joined into the same bytes.
  Check(master_.view().size() == kMasterBytes, "a master key is 32 bytes");
  Check(ledger_id.size() == kLedgerIdBytes && epoch.size() == kEpochBytes,
        "a ledger id is 16 bytes, an epoch 10");
}

crypto::Secret KeyMint::Derive(std::uint64_t gateway, std::uint32_t generation,
                               std::string_view nonce) const {
  Check(nonce.size() == kNonceBytes, "the nonce of a key is 16 bytes");
  std::string input = context_;
  AppendBigEndian(gateway, 8, &input);
  AppendBigEndian(generation, 4, &input);
  input += nonce;
  std::string mac = crypto::HmacSha256(master_.view(), input);
  crypto::Secret secret(mac.substr(0, kSecretBytes));
  crypto::Wipe(&mac);
  return secret;
}

}  // namespace latchkey::domain
