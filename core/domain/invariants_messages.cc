#include "core/domain/invariants_messages.h"

#include <optional>

namespace latchkey::domain {

using events::MessageEnded;

std::string MessagesCountUp(const View& v) {
  if (!v.event.has_message_sent()) return "";
  const std::uint64_t last = ReadCounters(v.state).messages();
  if (v.event.message_sent().message() != last + 1) {
    return "sends message " + std::to_string(v.event.message_sent().message()) + " after " +
           std::to_string(last);
  }
  if (v.gateway.number() == 0 || v.gateway.removed()) return "is for a gateway that is not there";
  if (v.gateway.open_messages_size() >= static_cast<int>(ledger_limits::kMaxOpenMessages)) {
    return "is one open message too many";
  }
  return "";
}

std::string MessagesEndOnce(const View& v) {
  if (!v.event.has_message_ended()) return "";
  const MessageEnded& fact = v.event.message_ended();
  const auto message = ReadMessage(v.state, v.event.gateway(), fact.message());
  if (!message) return "ends a message that was never sent";
  const bool acknowledged =
      fact.outcome() == MessageEnded::DONE || fact.outcome() == MessageEnded::FAILED;
  if (message->state() != MESSAGE_OPEN) {
    if (!acknowledged) return "ends a message for the second time";
    return message->acknowledged_us() == 0 ? "" : "is the second outcome of a message";
  }
  if (fact.outcome() == MessageEnded::EXPIRED) {
    const bool due = LatestLedgerTime(v.event) >= FromMicros(message->expires_us());
    return due ? "" : "comes before the message expires";
  }
  return acknowledged || fact.outcome() == MessageEnded::CANCELLED ? "" : "does not say how";
}

}  // namespace latchkey::domain
