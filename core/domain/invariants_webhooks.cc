#include "core/domain/invariants_webhooks.h"

#include <optional>

namespace latchkey::domain {

std::string WebhooksCountUp(const View& v) {
  if (!v.event.has_webhook_added()) return "";
  const CountersRow counters = ReadCounters(v.state);
  const std::uint64_t number = v.event.webhook_added().webhook();
  if (number != counters.webhooks() + 1) {
    return "adds webhook " + std::to_string(number) + " after " +
           std::to_string(counters.webhooks());
  }
  const bool full =
      counters.webhooks() - counters.webhooks_removed() >= ledger_limits::kMaxWebhooks;
  return full ? "is one webhook too many" : "";
}

std::string RemovedWebhookIsLeftAlone(const View& v) {
  std::uint64_t number = 0;
  if (v.event.has_webhook_changed()) number = v.event.webhook_changed().webhook();
  if (v.event.has_webhook_removed()) number = v.event.webhook_removed().webhook();
  if (v.event.has_webhook_secret_rotated()) number = v.event.webhook_secret_rotated().webhook();
  if (number == 0) return "";
  const std::optional<WebhookRow> webhook = ReadWebhook(v.state, number);
  if (!webhook) return "concerns a webhook that is not there";
  if (v.event.has_webhook_secret_rotated() &&
      v.event.webhook_secret_rotated().secret().generation() !=
          webhook->secret().generation() + 1) {
    return "leaves out a secret, or repeats it";
  }
  return "";
}

}  // namespace latchkey::domain
