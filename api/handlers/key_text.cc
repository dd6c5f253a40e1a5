#include "api/handlers/key_text.h"

#include "core/crypto/hash.h"
#include "core/domain/judge.h"
#include "core/domain/key_codec.h"
#include "core/domain/state.h"

namespace latchkey::api {

std::optional<crypto::Secret> KeyText(const LedgerView& ledger, std::uint64_t gateway,
                                      const domain::KeyRow& key) {
  std::optional<crypto::Secret> secret =
      ledger.mint.DeriveAgain(key.master_key_id(), gateway, key.generation(), key.nonce());
  if (!secret || !crypto::ConstantTimeEqual(crypto::Sha256(secret->view()), key.secret_sha256())) {
    return std::nullopt;
  }
  return domain::FormatKey({gateway, key.generation(), *std::move(secret)});
}

void RenderKeyText(const LedgerView& ledger, Response* response, const Outcome& outcome,
                   const domain::GatewayRow& gateway, const domain::KeyRow& key, JsonWriter* json) {
  response->ExpectSecret();
  const bool active = gateway.key().generation() == key.generation() &&
                      domain::HasActiveKey(gateway, ledger.ledger_time());
  json->Key("key");
  if (outcome.replayed && !active) return json->Null();
  const std::optional<crypto::Secret> text = KeyText(ledger, gateway.number(), key);
  if (text) {
    json->String(text->view());
  } else {
    json->Null();
  }
}

}  // namespace latchkey::api
