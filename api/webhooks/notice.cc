#include "api/webhooks/notice.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "api/call/event_json.h"
#include "core/base/base64.h"
#include "core/base/ids.h"
#include "core/base/position.h"
#include "core/base/time_text.h"
#include "core/crypto/hash.h"
#include "core/crypto/wiping.h"
#include "core/domain/state.h"
#include "events/codec.h"

namespace latchkey::api {
namespace {

namespace json = boost::json;

struct Envelope {
  std::string id;
  std::string_view type;
  std::string subject{};  // what it is about; empty: the ledger
  std::int64_t time_us;
};

Notice Enclose(Envelope envelope, json::object data, const LedgerView& ledger) {
  const domain::LedgerRow row = domain::ReadLedger(ledger.state()).value_or(domain::LedgerRow());
  json::object event{{"specversion", "1.0"},
                     {"id", envelope.id},
                     {"source", row.origin()},
                     {"type", envelope.type},
                     {"time", text::FormatTime(envelope.time_us)},
                     {"datacontenttype", "application/json"}};
  if (!envelope.subject.empty()) event["subject"] = envelope.subject;
  event["data"] = std::move(data);
  return {std::move(envelope.id), json::serialize(event)};
}

}  // namespace

Notice NoticeOf(const events::Event& event, const LedgerView& ledger) {
  const std::string subject =
      event.gateway() == 0 ? event.account() : text::GatewayId(event.gateway());
  json::object data = EventJson(event, ledger);
  const auto gateway = domain::ReadGateway(ledger.state(), event.gateway());
  data["gateway_name"] = gateway ? json::value(gateway->name()) : json::value();
  return Enclose({Format({ledger.epoch, event.sequence()}), events::TypeName(event.fact_case()),
                  subject, event.time_us()},
                 std::move(data), ledger);
}

Notice TestNotice(std::uint64_t webhook, std::string id, Time now, const LedgerView& ledger) {
  const std::string name = text::WebhookId(webhook);
  return Enclose({std::move(id), "WebhookTest", name, ToMicros(now)}, {{"webhook", name}}, ledger);
}

std::vector<std::string> SignatureHeaders(const Notice& notice, Time now,
                                          std::span<const crypto::Secret> secrets) {
  const std::string seconds =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  const std::string content = notice.id + "." + seconds + "." + notice.body;
  std::string signatures;
  for (const crypto::Secret& secret : secrets) {
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + text::ToBase64(crypto::HmacSha256(secret.view(), content));
  }
  return {"webhook-id: " + notice.id, "webhook-timestamp: " + seconds,
          "webhook-signature: " + signatures};
}

crypto::Secret SecretText(const crypto::Secret& secret) {
  std::string base64 = text::ToBase64(secret.view());
  const crypto::WipeAtEnd wipe(&base64);
  std::string text("whsec_");
  crypto::AppendWiping(&text, base64);
  return crypto::Secret(std::move(text));
}

}  // namespace latchkey::api
