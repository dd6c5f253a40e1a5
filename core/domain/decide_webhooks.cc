#include "core/domain/decide_webhooks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/domain/drafts.h"

namespace latchkey::domain {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

events::WebhookSecret NewSecret(std::uint32_t generation, const Context& context) {
  events::WebhookSecret secret;
  secret.set_generation(generation);
  secret.set_nonce(context.random.Bytes(kKeyNonceBytes));
  secret.set_master_key_id(context.mint.master_key_id());
  return secret;
}

Result<WebhookRow> FindWebhook(const StateReader& state, std::uint64_t number) {
  std::optional<WebhookRow> webhook = ReadWebhook(state, number);
  if (!webhook) return Refuse(ErrorCode::kNotFound, "There is no such webhook.");
  return *std::move(webhook);
}

Status CheckAccounts(const StateReader& state, const std::vector<std::string>& accounts) {
  for (const std::string& account : accounts) {
    if (ReadAccount(state, account)) continue;
    return Refuse(ErrorCode::kNotFound, "There is no account " + account + ". Open it first.");
  }
  return {};
}

bool IsSame(const Texts& stored, const std::optional<std::vector<std::string>>& given) {
  return !given || std::equal(stored.begin(), stored.end(), given->begin(), given->end());
}

// What was given, or what is stored.
Texts Either(const std::optional<std::vector<std::string>>& given, const Texts& stored) {
  return given ? Texts(given->begin(), given->end()) : stored;
}

}  // namespace

Decision DecideAddWebhook(const StateReader& state, const AddWebhook& command,
                          const Context& context) {
  if (Status known = CheckAccounts(state, command.accounts); !known) return Refused(known.error());
  const CountersRow counters = ReadCounters(state);
  if (counters.webhooks() - counters.webhooks_removed() >= ledger_limits::kMaxWebhooks) {
    return Refused({ErrorCode::kTooManyWebhooks,
                    "There are " + std::to_string(ledger_limits::kMaxWebhooks) +
                        " webhooks, as many as a ledger can have. Remove one first, or have one "
                        "receiver pass events on."});
  }
  const std::uint64_t number = counters.webhooks() + 1;
  Decision decision{Answer{.webhook = number, .created = true}, {}, 0};
  Draft& draft = decision.events.emplace_back();
  events::WebhookAdded& added = *draft.event.mutable_webhook_added();
  added.set_webhook(number);
  added.set_host(command.host);
  *added.mutable_types() = {command.types.begin(), command.types.end()};
  *added.mutable_accounts() = {command.accounts.begin(), command.accounts.end()};
  *added.mutable_secret() = NewSecret(1, context);
  added.set_subject(context.random.Bytes(kSubjectBytes));
  draft.personal.set_url(command.url);
  draft.subject = added.subject();
  return decision;
}

Decision DecideChangeWebhook(const StateReader& state, const ChangeWebhook& command) {
  const Result<WebhookRow> webhook = FindWebhook(state, command.webhook);
  if (!webhook) return Refused(webhook.error());
  if (command.accounts) {
    if (Status known = CheckAccounts(state, *command.accounts); !known) {
      return Refused(known.error());
    }
  }
  Decision decision{Answer{.webhook = command.webhook}, {}, 0};
  // What a sealed URL says is not known here: the same again is a fact again.
  if (!command.url && IsSame(webhook->types(), command.types) &&
      IsSame(webhook->accounts(), command.accounts)) {
    return decision;
  }
  Draft& draft = decision.events.emplace_back();
  events::WebhookChanged& changed = *draft.event.mutable_webhook_changed();
  changed.set_webhook(command.webhook);
  *changed.mutable_types() = Either(command.types, webhook->types());
  *changed.mutable_accounts() = Either(command.accounts, webhook->accounts());
  if (command.url) {
    changed.set_host(command.host);
    draft.personal.set_url(*command.url);
    draft.subject = webhook->subject();
  }
  return decision;
}

Decision DecideRotateWebhook(const StateReader& state, const RotateWebhook& command,
                             const Context& context) {
  const Result<WebhookRow> webhook = FindWebhook(state, command.webhook);
  if (!webhook) return Refused(webhook.error());
  const std::uint32_t generation = webhook->secret().generation();
  if (generation >= ledger_limits::kMaxGenerations) {
    return Refused({ErrorCode::kGenerationLimit,
                    "This webhook has had as many secrets as it can have. Add another webhook and "
                    "remove this one."});
  }
  Decision decision{Answer{.webhook = command.webhook}, {}, 0};
  events::WebhookSecretRotated& rotated =
      *decision.events.emplace_back().event.mutable_webhook_secret_rotated();
  rotated.set_webhook(command.webhook);
  *rotated.mutable_secret() = NewSecret(generation + 1, context);
  rotated.set_previous_until_us(
      ToMicros(context.ledger_time + ledger_limits::kPreviousWebhookSecret));
  return decision;
}

Decision DecideRemoveWebhook(const StateReader& state, const RemoveWebhook& command) {
  const Result<WebhookRow> webhook = FindWebhook(state, command.webhook);
  if (!webhook) return Refused(webhook.error());
  Decision decision{Answer{.webhook = command.webhook}, {}, 0};
  decision.events.emplace_back().event.mutable_webhook_removed()->set_webhook(command.webhook);
  return decision;
}

}  // namespace latchkey::domain
