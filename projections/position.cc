#include "projections/position.h"

#include "core/log/tree.h"
#include "events/codec.h"
#include "projections/stored_rows.h"

namespace latchkey::projections {
namespace {

constexpr std::size_t kLedgerIdBytes = 16;
constexpr std::size_t kEpochBytes = 10;
constexpr std::size_t kSizeBytes = 8;
constexpr std::size_t kFactBytes = 2;

}  // namespace

std::string Encode(const StoredPosition& position) {
  std::string bytes = position.ledger.ledger_id + position.ledger.epoch;
  PutNumber(position.size, kSizeBytes, &bytes);
  PutNumber(position.head.size, kSizeBytes, &bytes);
  bytes += position.head.root;
  for (const std::uint32_t fact : position.facts) PutNumber(fact, kFactBytes, &bytes);
  return bytes;
}

std::optional<StoredPosition> DecodePosition(std::string_view bytes) {
  constexpr std::size_t kFixed = kLedgerIdBytes + kEpochBytes + 2 * kSizeBytes + log::kHashBytes;
  if (bytes.size() < kFixed || (bytes.size() - kFixed) % kFactBytes != 0) return std::nullopt;
  const auto take = [&](std::size_t n) {
    const std::string_view front = bytes.substr(0, n);
    bytes.remove_prefix(n);
    return front;
  };
  StoredPosition position;
  position.ledger.ledger_id = take(kLedgerIdBytes);
  position.ledger.epoch = take(kEpochBytes);
  position.size = GetNumber(take(kSizeBytes));
  position.head.size = GetNumber(take(kSizeBytes));
  position.head.root = take(log::kHashBytes);
  while (!bytes.empty()) {
    position.facts.insert(static_cast<std::uint32_t>(GetNumber(take(kFactBytes))));
  }
  return position;
}

Result<Epoch> EpochOf(const log::Log& log) {
  const Result<events::Event> event = log.Read(log.epoch_start()).and_then(events::Decode);
  if (!event) return event.error();
  if (event->has_ledger_created()) {
    const events::LedgerCreated& fact = event->ledger_created();
    return Epoch{fact.epoch(), fact.origin(), fact.checkpoint_public_key()};
  }
  if (event->has_ledger_restored()) {
    const events::LedgerRestored& fact = event->ledger_restored();
    return Epoch{fact.epoch(), fact.origin(), fact.checkpoint_public_key()};
  }
  return Refuse(ErrorCode::kUnusable, "the ledger is damaged: event " +
                                          std::to_string(log.epoch_start()) +
                                          " does not begin an epoch");
}

Result<LedgerIdentity> IdentityOf(const log::Log& log) {
  LedgerIdentity ledger;
  if (log.size() != 0) {
    const Result<events::Event> first = log.Read(0).and_then(events::Decode);
    if (!first) return first.error();
    ledger.ledger_id = first->ledger_created().ledger_id();
    const Result<Epoch> epoch = EpochOf(log);
    if (!epoch) return epoch.error();
    ledger.epoch = epoch->epoch;
  }
  ledger.ledger_id.resize(kLedgerIdBytes, '\0');
  ledger.epoch.resize(kEpochBytes, '\0');
  return ledger;
}

std::optional<std::string> Foreign(const StoredPosition& position, const LedgerIdentity& ledger) {
  if (position.ledger.ledger_id != ledger.ledger_id) return "it is of another ledger";
  if (position.ledger.epoch != ledger.epoch) return "it is of another epoch";
  return std::nullopt;
}

}  // namespace latchkey::projections
