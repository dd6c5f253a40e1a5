#include "tests/core/domain/random_history.h"

namespace latchkey::testing {
namespace {

const std::vector<std::string> kHosts{"a.example", "b.example", "c.example:8443"};
const std::vector<std::vector<std::string>> kTypes{
    {"KeyRedeemed"}, {"GatewayConnected", "GatewayDisconnected"}, {"InstallationFailed"}};

// As ReferenceWebhooks::Show, of the row.
std::string ShowWebhook(const TestLedger& ledger, std::uint64_t webhook) {
  const auto row = domain::ReadWebhook(ledger.state(), webhook);
  if (!row) return "none";
  std::string text = row->host() + " by " + Unsealed(row->personal()).url() + ":";
  for (const std::string& type : row->types()) text += " " + type;
  text += " of";
  for (const std::string& account : row->accounts()) text += " " + account;
  text += ", added " + std::to_string(row->created_us()) + ", secret " +
          std::to_string(row->secret().generation());
  if (row->rotated_us() != 0) {
    text += " since " + std::to_string(row->rotated_us()) + " and " +
            std::to_string(row->previous_secret().generation()) + " until " +
            std::to_string(row->previous_until_us());
  }
  return text;
}

std::string SecretOf(TestLedger* ledger, std::uint64_t webhook,
                     const events::WebhookSecret& recorded) {
  const auto secret = ledger->Context().mint.DeriveOfWebhook(webhook, recorded);
  return secret ? std::string(secret->view()) : "";
}

}  // namespace

std::uint64_t RandomHistory::AnyWebhook() {
  const ReferenceWebhooks& webhooks = model_.webhooks();
  const std::vector<std::uint64_t> all = webhooks.All();
  return all.empty() || OneIn(6) ? 1 + Below(webhooks.last() + 1) : Any(all);
}

ReferenceWebhooks::Settings RandomHistory::AnySettings() {
  const std::string& host = Any(kHosts);
  const std::string url = "https://" + host + "/" + std::to_string(Below(100));
  std::vector<std::string> accounts;
  for (std::uint64_t left = OneIn(2) ? Below(3) : 0; left > 0; --left)
    accounts.push_back(AnyAccount());
  return {url, host, Any(kTypes), accounts};
}

void RandomHistory::Webhooks() {
  const std::uint64_t what = Below(10);
  if (what < 6) return AddWebhook();
  const std::uint64_t webhook = AnyWebhook();
  if (what < 8) return ChangeWebhook(webhook);
  if (what < 9) return RotateWebhook(webhook);
  SameWebhooks(ledger_.Submit(domain::RemoveWebhook{webhook}, Operator()),
               model_.RemoveWebhook(webhook), webhook, "remove");
}

void RandomHistory::AddWebhook() {
  const ReferenceWebhooks::Settings settings = AnySettings();
  const Outcome outcome = ledger_.Submit(
      domain::AddWebhook{settings.url, settings.host, settings.types, settings.accounts},
      Operator());
  const std::string word = model_.AddWebhook(settings);
  const std::uint64_t webhook = model_.webhooks().last();
  SameWebhooks(outcome, word, webhook, "add");
  if (!outcome.answer) return;
  EXPECT_EQ(outcome.answer->webhook, webhook) << last_;
  CheckNewSecret(webhook);
}

void RandomHistory::ChangeWebhook(std::uint64_t webhook) {
  const ReferenceWebhooks::Settings other = AnySettings();
  ReferenceWebhooks::Changes changes;
  if (OneIn(3)) {
    changes.url = other.url;
    changes.host = other.host;
  }
  if (OneIn(2)) changes.types = other.types;
  if (OneIn(2)) changes.accounts = other.accounts;
  const std::string before = model_.webhooks().Show(webhook);
  const Outcome outcome = ledger_.Submit(
      domain::ChangeWebhook{webhook, changes.url, changes.host, changes.types, changes.accounts},
      Operator());
  SameWebhooks(outcome, model_.ChangeWebhook(webhook, changes), webhook, "change");
  // The URL is sealed: whether one that is given is another cannot be seen.
  const bool changed = changes.url || model_.webhooks().Show(webhook) != before;
  EXPECT_EQ(outcome.events.size(), outcome.answer && changed ? 1u : 0u) << last_;
}

void RandomHistory::RotateWebhook(std::uint64_t webhook) {
  const Outcome outcome = ledger_.Submit(domain::RotateWebhook{webhook}, Operator());
  SameWebhooks(outcome, model_.RotateWebhook(webhook), webhook, "rotate the secret of");
  if (!outcome.answer) return;
  const events::WebhookSecret before =
      domain::ReadWebhook(ledger_.state(), webhook)->previous_secret();
  EXPECT_EQ(SecretOf(&ledger_, webhook, before), webhook_secrets_[webhook]) << last_;
  CheckNewSecret(webhook);
}

void RandomHistory::SameWebhooks(const Outcome& outcome, const std::string& word,
                                 std::uint64_t webhook, const std::string& what) {
  last_ = what + " webhook " + std::to_string(webhook);
  EXPECT_EQ(outcome.Word(), word) << last_ << ": " << ShowWebhook(ledger_, webhook);
  CheckWebhooks();
}

// The webhook was just given a secret, which none has ever had.
void RandomHistory::CheckNewSecret(std::uint64_t webhook) {
  const auto row = domain::ReadWebhook(ledger_.state(), webhook);
  webhook_secrets_[webhook] = SecretOf(&ledger_, webhook, row->secret());
  EXPECT_TRUE(webhook_secrets_made_.insert(webhook_secrets_[webhook]).second)
      << last_ << ": the secret is not new";
}

void RandomHistory::CheckWebhooks() {
  std::vector<std::uint64_t> all;
  const Rows& rows = ledger_.state().rows();
  const domain::KeyRange range = domain::Webhooks();
  for (auto row = rows.lower_bound(range.from); row != rows.lower_bound(range.until); ++row) {
    all.push_back(domain::TrailingNumber(row->first));
  }
  EXPECT_EQ(all, model_.webhooks().All()) << "after: " << last_;
  for (const std::uint64_t webhook : all) {
    ASSERT_EQ(ShowWebhook(ledger_, webhook), model_.webhooks().Show(webhook))
        << "webhook " << webhook << " after: " << last_;
  }
}

}  // namespace latchkey::testing
