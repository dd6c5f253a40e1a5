#include "tools/ledger/epoch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/base32.h"
#include "core/base/hex.h"
#include "core/crypto/ed25519.h"
#include "core/log/rocks_log.h"
#include "core/sequencer/stamp.h"
#include "events/codec.h"
#include "projections/position.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {
namespace {

std::string EpochSuffix(std::string_view epoch) {
  return "/" + text::ToBase32(epoch, text::kBase32Lower);
}

}  // namespace

std::string OriginOf(std::string_view ledger_id, std::string_view epoch) {
  return "latchkey/" + text::ToHex(ledger_id) + EpochSuffix(epoch);
}

std::string OriginAfter(const projections::Epoch& before, std::string_view epoch) {
  std::string origin = before.origin;
  const std::string suffix = EpochSuffix(before.epoch);
  if (origin.ends_with(suffix)) origin.resize(origin.size() - suffix.size());
  return origin + EpochSuffix(epoch);
}

Result<events::Event> BeginningOf(const log::Log& log, const log::Head& known,
                                  std::string_view checkpoint_public_key, const Clock& clock,
                                  Random& random) {
  const log::Head restored = log.head();
  const auto before = projections::EpochOf(log);
  if (!before) return before.error();
  const auto ledger = projections::IdentityOf(log);
  if (!ledger) return ledger.error();
  const auto last = log.Read(restored.size - 1).and_then(events::Decode);
  if (!last) return last.error();

  events::Event event;
  event.set_sequence(restored.size);
  event.set_time_us(std::max(ToMicros(clock.Now()), last->time_us()));
  event.mutable_actor()->set_kind(events::Actor::SYSTEM);
  event.set_salt(random.Bytes(kSaltBytes));
  events::LedgerRestored& fact = *event.mutable_ledger_restored();
  fact.set_epoch(random.Bytes(kEpochBytes));
  fact.set_origin(OriginAfter(*before, fact.epoch()));
  fact.set_checkpoint_public_key(std::string(checkpoint_public_key));
  fact.set_previous_origin(before->origin);
  fact.set_size(restored.size);
  fact.set_root(restored.root);
  fact.set_known_size(known.size);
  fact.set_known_root(known.root);
  return event;
}

Status BeginEpoch(const std::filesystem::path& data, const rocks::Resources& resources,
                  const log::Head& known, const Clock& clock, Random& random) {
  auto log = log::RocksLog::Open(data / "ledger", resources, {});
  if (!log) return log.error();
  const std::uint64_t size = (*log)->size();
  const crypto::SigningKey key = crypto::CreateSigningKey();
  const auto begun = BeginningOf(**log, known, key.public_key, clock, random);
  if (!begun) return begun.error();
  const SecretFiles files(data / "secrets", {});
  if (Status written = files.Write(kCheckpointKeyFile, key.key_pem.view()); !written) {
    return written;
  }
  const std::string entry = events::Encode(*begun);
  if ((*log)->Append(size, {&entry, 1}) != log::AppendOutcome::kDurable) {
    return Refuse(ErrorCode::kIo, "The restored ledger cannot be written.");
  }
  return (*log)->BeginEpoch(size);
}

}  // namespace latchkey::tools
