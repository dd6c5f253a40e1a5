#include "tests/core/domain/reference_webhooks.h"

#include <chrono>

namespace latchkey::testing {
namespace {

constexpr std::size_t kMostWebhooks = 32;
// For so long the secret before a rotation signs as well.
constexpr std::chrono::hours kBothSecretsSign{24};

}  // namespace

std::string ReferenceWebhooks::Add(const Settings& settings, Time at) {
  if (webhooks_.size() >= kMostWebhooks) return "too_many_webhooks";
  webhooks_[++last_] = {.settings = settings, .created = at};
  return "created";
}

std::string ReferenceWebhooks::Change(std::uint64_t webhook, const Changes& changes) {
  if (!Has(webhook)) return "not_found";
  Settings& settings = webhooks_.at(webhook).settings;
  if (changes.url) {
    settings.url = *changes.url;
    settings.host = changes.host;
  }
  if (changes.types) settings.types = *changes.types;
  if (changes.accounts) settings.accounts = *changes.accounts;
  return "ok";
}

std::string ReferenceWebhooks::Rotate(std::uint64_t webhook, Time at) {
  if (!Has(webhook)) return "not_found";
  ++webhooks_.at(webhook).secret;
  webhooks_.at(webhook).rotated = at;
  return "ok";
}

std::string ReferenceWebhooks::Remove(std::uint64_t webhook) {
  return webhooks_.erase(webhook) == 1 ? "ok" : "not_found";
}

std::vector<std::uint64_t> ReferenceWebhooks::All() const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, webhook] : webhooks_) numbers.push_back(number);
  return numbers;
}

std::string ReferenceWebhooks::Show(std::uint64_t number) const {
  if (!Has(number)) return "none";
  const Webhook& webhook = webhooks_.at(number);
  std::string text = webhook.settings.host + " by " + webhook.settings.url + ":";
  for (const std::string& type : webhook.settings.types) text += " " + type;
  text += " of";
  for (const std::string& account : webhook.settings.accounts) text += " " + account;
  text += ", added " + std::to_string(ToMicros(webhook.created)) + ", secret " +
          std::to_string(webhook.secret);
  if (webhook.rotated) {
    text += " since " + std::to_string(ToMicros(*webhook.rotated)) + " and " +
            std::to_string(webhook.secret - 1) + " until " +
            std::to_string(ToMicros(*webhook.rotated + kBothSecretsSign));
  }
  return text;
}

}  // namespace latchkey::testing
