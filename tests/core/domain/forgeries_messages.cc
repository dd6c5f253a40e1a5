#include "tests/core/domain/forgeries.h"

namespace latchkey::testing::forged {
namespace {

using events::Event;
using events::MessageEnded;
using namespace std::chrono_literals;

Forge SentAs(std::uint64_t message) {
  return [=](TestLedger&, Event* event) {
    event->mutable_message_sent()->set_message(message);
    event->mutable_message_sent()->set_expires_us(event->time_us() + 1);
  };
}

Forge Ended(std::uint64_t message, MessageEnded::Outcome outcome) {
  return [=](TestLedger&, Event* event) {
    event->mutable_message_ended()->set_message(message);
    event->mutable_message_ended()->set_outcome(outcome);
  };
}

// After one message to paris, and what `then` does with it.
Forge AfterMessage(const std::function<void(TestLedger&)>& then, Forge forge) {
  return [=](TestLedger& ledger, Event* event) {
    ledger.Send(kParis, "config", 1h);
    then(ledger);
    *event = ledger.NextEvent(kParis);
    forge(ledger, event);
  };
}

void Nothing(TestLedger&) {}
void Cancelled(TestLedger& ledger) { ledger.Cancel(kParis, 1); }
void CancelledAndDone(TestLedger& ledger) {
  ledger.Cancel(kParis, 1);
  ledger.Acknowledge(ledger.CertificateOf(kParis, 1), 1);
}

}  // namespace

std::vector<Forgery> MessageForgeries() {
  return {
      {"messages-count-up", "one left out", kParis, SentAs(2)},
      {"messages-count-up", "one twice", kParis, AfterMessage(Nothing, SentAs(1))},
      {"messages-count-up", "to nobody", 0, SentAs(1)},
      {"messages-count-up", "more open ones than can be", kParis,
       [](TestLedger& ledger, Event* event) {
         ledger.Edit(kParis, [](domain::GatewayRow* row) {
           for (std::uint64_t i = 0; i < ledger_limits::kMaxOpenMessages; ++i) {
             row->add_open_messages()->set_number(i);
           }
         });
         SentAs(1)(ledger, event);
       }},
      {"messages-end-once", "never sent", kParis, Ended(1, MessageEnded::DONE)},
      {"messages-end-once", "sent to another", kLyon,
       [](TestLedger& ledger, Event* event) {
         ledger.Send(kParis, "config", 1h);
         *event = ledger.NextEvent(kLyon);
         Ended(1, MessageEnded::DONE)(ledger, event);
       }},
      {"messages-end-once", "without a word how", kParis,
       AfterMessage(Nothing, Ended(1, MessageEnded::OUTCOME_UNSPECIFIED))},
      {"messages-end-once", "expired long before its time", kParis,
       AfterMessage(Nothing, Ended(1, MessageEnded::EXPIRED))},
      {"messages-end-once", "cancelled twice", kParis,
       AfterMessage(Cancelled, Ended(1, MessageEnded::CANCELLED))},
      {"messages-end-once", "a second outcome", kParis,
       AfterMessage(CancelledAndDone, Ended(1, MessageEnded::FAILED))},
      {"removal-leaves-nothing", "an open message", kLyon,
       [](TestLedger& ledger, Event* event) {
         ledger.Revoke(kLyon);
         ledger.Send(kLyon, "config", 1h);
         *event = ledger.NextEvent(kLyon);
         event->mutable_gateway_removed();
       }},
  };
}

}  // namespace latchkey::testing::forged
