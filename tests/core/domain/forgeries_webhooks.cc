#include "core/base/limits.h"
#include "tests/core/domain/forgeries.h"

namespace latchkey::testing::forged {
namespace {

using events::Event;

Forge AddedAs(std::uint64_t webhook) {
  return [=](TestLedger&, Event* event) {
    event->clear_account();
    event->mutable_webhook_added()->set_webhook(webhook);
  };
}

// After so many webhooks.
Forge AfterWebhooks(std::size_t count, Forge forge) {
  return [=](TestLedger& ledger, Event* event) {
    for (std::size_t i = 0; i < count; ++i) {
      ledger.Submit(domain::AddWebhook{"https://a.example/", "a.example", {"KeyRedeemed"}, {}},
                    Operator());
    }
    *event = ledger.NextEvent();
    forge(ledger, event);
  };
}

void RemoveFirst(TestLedger& ledger, Event* event) {
  ledger.Submit(domain::RemoveWebhook{1}, Operator());
  *event = ledger.NextEvent();
}

Forge RotatedTo(std::uint32_t generation) {
  return [=](TestLedger&, Event* event) {
    event->mutable_webhook_secret_rotated()->set_webhook(1);
    event->mutable_webhook_secret_rotated()->mutable_secret()->set_generation(generation);
  };
}

}  // namespace

std::vector<Forgery> WebhookForgeries() {
  return {
      {"webhooks-count-up", "one left out", 0, AddedAs(2)},
      {"webhooks-count-up", "one twice", 0, AfterWebhooks(1, AddedAs(1))},
      {"webhooks-count-up", "more than there can be", 0,
       AfterWebhooks(ledger_limits::kMaxWebhooks, AddedAs(ledger_limits::kMaxWebhooks + 1))},
      {"removed-webhook-is-left-alone", "changed", 0,
       AfterWebhooks(1,
                     [](TestLedger& ledger, Event* event) {
                       RemoveFirst(ledger, event);
                       event->mutable_webhook_changed()->set_webhook(1);
                     })},
      {"removed-webhook-is-left-alone", "removed twice", 0,
       AfterWebhooks(1,
                     [](TestLedger& ledger, Event* event) {
                       RemoveFirst(ledger, event);
                       event->mutable_webhook_removed()->set_webhook(1);
                     })},
      {"removed-webhook-is-left-alone", "its secret rotated", 0,
       AfterWebhooks(1,
                     [](TestLedger& ledger, Event* event) {
                       RemoveFirst(ledger, event);
                       RotatedTo(2)(ledger, event);
                     })},
      {"removed-webhook-is-left-alone", "a secret left out", 0, AfterWebhooks(1, RotatedTo(3))},
      {"removed-webhook-is-left-alone", "a secret repeated", 0, AfterWebhooks(1, RotatedTo(1))},
  };
}

}  // namespace latchkey::testing::forged
