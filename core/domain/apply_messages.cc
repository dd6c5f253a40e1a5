#include "core/domain/apply_messages.h"

#include <algorithm>
#include <optional>

namespace latchkey::domain {
namespace {

using events::MessageEnded;

MessageState StateAfter(MessageEnded::Outcome outcome) {
  switch (outcome) {
    case MessageEnded::DONE:
      return MESSAGE_DONE;
    case MessageEnded::FAILED:
      return MESSAGE_FAILED;
    case MessageEnded::EXPIRED:
      return MESSAGE_EXPIRED;
    case MessageEnded::CANCELLED:
      return MESSAGE_CANCELLED;
    case MessageEnded::OUTCOME_UNSPECIFIED:
    // An open enum of protobuf also has these two, never sent:
    case events::MessageEnded_Outcome_MessageEnded_Outcome_INT_MIN_SENTINEL_DO_NOT_USE_:
    case events::MessageEnded_Outcome_MessageEnded_Outcome_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return MESSAGE_NONE;
}

std::string ExpiryKey(std::uint64_t gateway, std::uint64_t message, std::int64_t expires_us) {
  return DeadlineKey({DeadlineKind::kMessageExpiry, FromMicros(expires_us), gateway, message});
}

std::vector<Change> ApplySent(const StateReader& state, const events::Event& event,
                              GatewayRow* gateway) {
  const events::MessageSent& fact = event.message_sent();
  OpenMessage& open = *gateway->add_open_messages();
  open.set_number(fact.message());
  open.set_sequence(event.sequence());
  open.set_expires_us(fact.expires_us());
  MessageRow row;
  row.set_number(fact.message());
  row.set_gateway(event.gateway());
  row.set_sequence(event.sequence());
  row.set_kind(fact.kind());
  row.set_sent_us(event.time_us());
  row.set_expires_us(fact.expires_us());
  row.set_state(MESSAGE_OPEN);
  CountersRow counters = ReadCounters(state);
  counters.set_messages(std::max(counters.messages(), fact.message()));
  return {{CountersKey(), counters.SerializeAsString()},
          {MessageKey(event.gateway(), fact.message()), row.SerializeAsString()},
          {ExpiryKey(event.gateway(), fact.message(), fact.expires_us()), ""}};
}

std::vector<Change> ApplyEnded(const StateReader& state, const events::Event& event,
                               GatewayRow* gateway) {
  const MessageEnded& fact = event.message_ended();
  std::optional<MessageRow> row = ReadMessage(state, event.gateway(), fact.message());
  if (!row) return {};
  std::vector<Change> changes;
  if (row->state() == MESSAGE_OPEN) {
    auto* open = gateway->mutable_open_messages();
    open->erase(
        std::remove_if(open->begin(), open->end(),
                       [&](const OpenMessage& one) { return one.number() == fact.message(); }),
        open->end());
    changes.push_back(
        {ExpiryKey(event.gateway(), fact.message(), row->expires_us()), std::nullopt});
    row->set_ended_us(event.time_us());
  }
  row->set_state(StateAfter(fact.outcome()));
  if (row->state() == MESSAGE_DONE || row->state() == MESSAGE_FAILED) {
    row->set_acknowledged_us(event.time_us());
  }
  if (event.has_sealed()) *row->mutable_personal() = event.sealed();
  changes.push_back({MessageKey(event.gateway(), fact.message()), row->SerializeAsString()});
  return changes;
}

}  // namespace

std::vector<Change> ApplyMessage(const StateReader& state, const events::Event& event,
                                 GatewayRow* gateway) {
  return event.has_message_sent() ? ApplySent(state, event, gateway)
                                  : ApplyEnded(state, event, gateway);
}

}  // namespace latchkey::domain
