#include "core/domain/decide_messages.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "core/domain/judge.h"

namespace latchkey::domain {
namespace {

using events::MessageEnded;

void AddEnd(std::uint64_t message, MessageEnded::Outcome outcome, const std::string& detail,
            GatewayDrafts* drafts) {
  Draft& draft = drafts->Add();
  MessageEnded& ended = *draft.event.mutable_message_ended();
  ended.set_message(message);
  ended.set_outcome(outcome);
  if (!detail.empty()) draft.personal.set_detail(detail);
}

// Whether what a gateway says of the message is to be recorded: once, and whatever else ended it.
bool IsAwaited(const MessageRow& message) {
  return message.state() == MESSAGE_OPEN || message.acknowledged_us() == 0;
}

// Whose certificate it is, if that may still say what became of messages.
Result<std::uint64_t> JudgeAcknowledger(const StateReader& state,
                                        const AcknowledgeMessages& command,
                                        const Context& context) {
  const Result<CertificateRow> held =
      JudgeCertificate(state, command.certificate_sha256, context.ledger_time);
  if (held) return held->gateway();
  const std::optional<CertificateRow> row = ReadCertificate(state, command.certificate_sha256);
  if (!command.ended || !row) return held.error();
  return row->gateway();
}

}  // namespace

Decision DecideSendMessage(const StateReader& state, const Submission& submission,
                           const SendMessage& command, const Context& context) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  if (static_cast<std::size_t>(gateway->open_messages_size()) >= context.settings.open_messages) {
    return Refused({ErrorCode::kTooManyMessages,
                    "This gateway has " + std::to_string(gateway->open_messages_size()) +
                        " messages that it has not acknowledged. Cancel some, or wait until it "
                        "has acknowledged them."});
  }
  const std::uint64_t number = ReadCounters(state).messages() + 1;
  if (number > ledger_limits::kMaxMessageNumber) {
    return Refused({ErrorCode::kReadOnly, "This ledger has used all its message numbers."});
  }
  GatewayDrafts drafts(*gateway);
  Draft& draft = drafts.Add();
  events::MessageSent& sent = *draft.event.mutable_message_sent();
  sent.set_message(number);
  sent.set_kind(command.kind);
  sent.set_expires_us(ToMicros(context.ledger_time + command.lifetime));
  draft.personal.set_body(command.body);
  return std::move(drafts).Done({.gateway = command.gateway, .message = number, .created = true});
}

Decision DecideCancel(const StateReader& state, const Submission& submission,
                      const CancelMessage& command) {
  const Result<GatewayRow> gateway = FindGateway(state, command.gateway, submission);
  if (!gateway) return Refused(gateway.error());
  const std::optional<MessageRow> message = ReadMessage(state, command.gateway, command.message);
  if (!message) {
    return Refused({ErrorCode::kNotFound, "This gateway was sent no message with this id."});
  }
  if (message->state() != MESSAGE_OPEN) {
    return Refused(
        {ErrorCode::kMessageEnded,
         "This message has ended and cannot be cancelled. Read it to see how it ended."});
  }
  GatewayDrafts drafts(*gateway);
  AddEnd(command.message, MessageEnded::CANCELLED, "", &drafts);
  return std::move(drafts).Done({.gateway = command.gateway, .message = command.message});
}

Decision DecideAcknowledge(const StateReader& state, const AcknowledgeMessages& command,
                           const Context& context) {
  const Result<std::uint64_t> number = JudgeAcknowledger(state, command, context);
  if (!number) return Refused(number.error());
  const GatewayRow gateway = *ReadGateway(state, *number);
  GatewayDrafts drafts(gateway);
  if (gateway.removed()) return std::move(drafts).Done({.gateway = *number});
  std::vector<std::uint64_t> said;
  for (const Acknowledgement& one : command.acknowledgements) {
    const std::optional<MessageRow> message = ReadMessage(state, *number, one.message);
    const bool repeated = std::find(said.begin(), said.end(), one.message) != said.end();
    if (!message || repeated || !IsAwaited(*message)) continue;
    said.push_back(one.message);
    AddEnd(one.message, one.done ? MessageEnded::DONE : MessageEnded::FAILED, one.detail, &drafts);
  }
  return std::move(drafts).Done({.gateway = *number});
}

Decision DecideExpireMessage(const StateReader& state, const ExpireMessage& command,
                             const Context& context) {
  const std::optional<MessageRow> message = ReadMessage(state, command.gateway, command.message);
  if (!message || message->state() != MESSAGE_OPEN ||
      ToMicros(context.ledger_time) < message->expires_us()) {
    return Decision{Answer{}, {}, 0};
  }
  GatewayDrafts drafts(*ReadGateway(state, command.gateway));
  AddEnd(command.message, MessageEnded::EXPIRED, "", &drafts);
  return std::move(drafts).Done({.gateway = command.gateway, .message = command.message});
}

void CancelOpenMessages(const GatewayRow& gateway, GatewayDrafts* drafts) {
  for (const OpenMessage& open : gateway.open_messages()) {
    AddEnd(open.number(), MessageEnded::CANCELLED, "", drafts);
  }
}

}  // namespace latchkey::domain
