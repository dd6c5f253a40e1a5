#include "core/domain/apply_webhooks.h"

#include <algorithm>
#include <optional>

namespace latchkey::domain {
namespace {

using events::Event;

std::vector<Change> Put(const WebhookRow& row) {
  return {{WebhookKey(row.number()), row.SerializeAsString()}};
}

std::vector<Change> ApplyAdded(const StateReader& state, const Event& event) {
  const events::WebhookAdded& fact = event.webhook_added();
  WebhookRow row;
  row.set_number(fact.webhook());
  row.set_host(fact.host());
  *row.mutable_types() = fact.types();
  *row.mutable_accounts() = fact.accounts();
  *row.mutable_secret() = fact.secret();
  row.set_secret_sequence(event.sequence());
  row.set_created_us(event.time_us());
  row.set_created_sequence(event.sequence());
  row.set_sequence(event.sequence());
  row.set_subject(fact.subject());
  if (event.has_sealed()) *row.mutable_personal() = event.sealed();
  CountersRow counters = ReadCounters(state);
  counters.set_webhooks(std::max(counters.webhooks(), fact.webhook()));
  std::vector<Change> changes = Put(row);
  changes.push_back({CountersKey(), counters.SerializeAsString()});
  return changes;
}

std::vector<Change> ApplyChanged(const Event& event, WebhookRow row) {
  const events::WebhookChanged& fact = event.webhook_changed();
  *row.mutable_types() = fact.types();
  *row.mutable_accounts() = fact.accounts();
  if (!fact.host().empty()) {
    row.set_host(fact.host());
    *row.mutable_personal() = event.sealed();
  }
  row.set_sequence(event.sequence());
  return Put(row);
}

std::vector<Change> ApplyRotated(const StateReader& state, const Event& event, WebhookRow row) {
  const events::WebhookSecretRotated& fact = event.webhook_secret_rotated();
  // One that a restore made void would be derived differently now.
  if (IsSecretVoid(state, row)) {
    row.clear_previous_secret();
    row.clear_previous_until_us();
  } else {
    *row.mutable_previous_secret() = row.secret();
    row.set_previous_until_us(fact.previous_until_us());
  }
  *row.mutable_secret() = fact.secret();
  row.set_secret_sequence(event.sequence());
  row.set_rotated_us(event.time_us());
  row.set_sequence(event.sequence());
  return Put(row);
}

std::vector<Change> ApplyRemoved(const StateReader& state, const WebhookRow& row) {
  CountersRow counters = ReadCounters(state);
  counters.set_webhooks_removed(counters.webhooks_removed() + 1);
  return {{WebhookKey(row.number()), std::nullopt}, {CountersKey(), counters.SerializeAsString()}};
}

// Of a webhook that was added.
std::uint64_t WebhookOf(const Event& event) {
  if (event.has_webhook_changed()) return event.webhook_changed().webhook();
  if (event.has_webhook_removed()) return event.webhook_removed().webhook();
  return event.webhook_secret_rotated().webhook();
}

}  // namespace

bool IsOfWebhook(const Event& event) {
  return event.has_webhook_added() || event.has_webhook_changed() ||
         event.has_webhook_secret_rotated() || event.has_webhook_removed();
}

std::vector<Change> ApplyWebhook(const StateReader& state, const Event& event) {
  if (event.has_webhook_added()) return ApplyAdded(state, event);
  std::optional<WebhookRow> row = ReadWebhook(state, WebhookOf(event));
  if (!row) return {};
  if (event.has_webhook_changed()) return ApplyChanged(event, *std::move(row));
  if (event.has_webhook_removed()) return ApplyRemoved(state, *row);
  return ApplyRotated(state, event, *std::move(row));
}

}  // namespace latchkey::domain
