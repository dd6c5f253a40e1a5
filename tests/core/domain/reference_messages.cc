#include "tests/core/domain/reference_messages.h"

namespace latchkey::testing {
namespace {

constexpr std::size_t kMostOpenMessages = 100;

}  // namespace

std::string ReferenceMessages::Send(std::uint64_t gateway, const Content& content, Time at) {
  if (Open(gateway).size() >= kMostOpenMessages) return "too_many_messages";
  messages_.push_back({gateway, content, at, at + content.lifetime});
  return "created";
}

void ReferenceMessages::End(Message* message, const std::string& state, Time at) {
  message->state = state;
  if (!message->ended) message->ended = at;
}

std::string ReferenceMessages::Cancel(std::uint64_t gateway, std::uint64_t message, Time at) {
  if (GatewayOf(message) != gateway) return "not_found";
  Message& found = messages_[message - 1];
  if (found.state != "open") return "message_ended";
  End(&found, "cancelled", at);
  return "ok";
}

void ReferenceMessages::Acknowledge(std::uint64_t gateway, const std::vector<Report>& reports,
                                    Time at) {
  for (const Report& report : reports) {
    if (GatewayOf(report.message) != gateway) continue;
    Message& message = messages_[report.message - 1];
    if (message.acknowledged) continue;
    End(&message, report.done ? "done" : "failed", at);
    message.acknowledged = at;
    message.detail = report.detail;
  }
}

void ReferenceMessages::CancelAll(std::uint64_t gateway, Time at) {
  for (const std::uint64_t message : Open(gateway)) {
    End(&messages_[message - 1], "cancelled", at);
  }
}

void ReferenceMessages::Expire(Time at) {
  for (Message& message : messages_) {
    if (message.state == "open" && at >= message.expires) End(&message, "expired", at);
  }
}

std::uint64_t ReferenceMessages::GatewayOf(std::uint64_t message) const {
  return message >= 1 && message <= messages_.size() ? messages_[message - 1].gateway : 0;
}

std::vector<std::uint64_t> ReferenceMessages::Of(std::uint64_t gateway) const {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 1; number <= messages_.size(); ++number) {
    if (messages_[number - 1].gateway == gateway) numbers.push_back(number);
  }
  return numbers;
}

std::vector<std::uint64_t> ReferenceMessages::Open(std::uint64_t gateway) const {
  std::vector<std::uint64_t> numbers = Of(gateway);
  std::erase_if(numbers, [this](std::uint64_t number) { return State(number) != "open"; });
  return numbers;
}

std::string ReferenceMessages::Show(std::uint64_t message) const {
  if (GatewayOf(message) == 0) return "none";
  const Message& found = messages_[message - 1];
  const auto time = [](Time at) { return std::to_string(ToMicros(at)); };
  std::string text = found.content.kind + " " + found.content.body + " to gateway " +
                     std::to_string(found.gateway) + ", sent " + time(found.sent) + " until " +
                     time(found.expires) + ", " + found.state;
  if (found.ended) text += ", ended " + time(*found.ended);
  if (found.acknowledged) text += ", acknowledged " + time(*found.acknowledged);
  if (!found.detail.empty()) text += ": " + found.detail;
  return text;
}

}  // namespace latchkey::testing
