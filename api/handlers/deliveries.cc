#include "api/handlers/deliveries.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "api/http/limits.h"
#include "core/base/ids.h"
#include "core/base/time_text.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

using domain::OpenMessage;
using projections::Delivery;

}  // namespace

std::vector<OpenMessage> ToDeliver(const domain::GatewayRow& gateway,
                                   const projections::Presence& presence, Time ledger_time) {
  if (gateway.open_messages().empty()) return {};
  std::unordered_map<std::uint64_t, Time> given;
  for (const Delivery& one : presence.Deliveries(gateway.number())) given[one.message] = one.at;
  std::vector<OpenMessage> messages;
  for (const OpenMessage& open : gateway.open_messages()) {
    if (ToMicros(ledger_time) < open.expires_us()) messages.push_back(open);
  }
  const auto given_at = [&](const OpenMessage& message) {
    const auto found = given.find(message.number());
    return found == given.end() ? Time() : found->second;
  };
  std::stable_sort(
      messages.begin(), messages.end(),
      [&](const OpenMessage& a, const OpenMessage& b) { return given_at(a) < given_at(b); });
  messages.resize(std::min(messages.size(), limits::kMessagesOfCheckIn));
  std::sort(messages.begin(), messages.end(),
            [](const OpenMessage& a, const OpenMessage& b) { return a.number() < b.number(); });
  return messages;
}

Status RenderDeliveries(const std::vector<OpenMessage>& messages, const LedgerView& ledger,
                        JsonWriter* json) {
  json->BeginArray();
  for (const OpenMessage& message : messages) {
    const Result<events::Event> event =
        ledger.log.Read(message.sequence()).and_then(events::Decode);
    if (!event) return event.error();
    const events::MessageSent& sent = event->message_sent();
    const std::optional<events::Personal> personal = ledger.subjects.Open(event->sealed());
    json->BeginObject();
    json->Member("id", text::MessageId(message.number()));
    json->Member("kind", sent.kind());
    json->Key("body");
    json->Raw(personal ? personal->body() : "null");
    json->Member("sent_at", text::FormatTime(event->time_us()));
    json->Member("expires_at", text::FormatTime(sent.expires_us()));
    json->EndObject();
  }
  json->EndArray();
  return {};
}

void RecordDeliveries(const domain::GatewayRow& gateway, const std::vector<OpenMessage>& messages,
                      const std::string& certificate_sha256, Time now,
                      projections::Presence* presence) {
  if (messages.empty()) return;
  std::vector<Delivery> all;
  for (const OpenMessage& message : messages) {
    all.push_back({message.number(), now, certificate_sha256});
  }
  // Of those from before only the open ones are of interest, for whoever looks at them.
  for (Delivery& one : presence->Deliveries(gateway.number())) {
    const auto is_same = [&](const auto& other) { return other.message == one.message; };
    const auto is_open = [&](const OpenMessage& open) { return open.number() == one.message; };
    if (std::none_of(all.begin(), all.end(), is_same) &&
        std::any_of(gateway.open_messages().begin(), gateway.open_messages().end(), is_open)) {
      all.push_back(std::move(one));
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Delivery& a, const Delivery& b) { return a.message < b.message; });
  presence->RecordDeliveries(gateway.number(), all);
}

}  // namespace latchkey::api
