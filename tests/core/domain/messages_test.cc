// Messages to gateways: one row for each rule.
#include <chrono>

#include <gtest/gtest.h>

#include "tests/core/domain/rule_table.h"

namespace latchkey::testing {
namespace {

using std::chrono::seconds;

class MessageRules : public ::testing::TestWithParam<Rule> {};
TEST_P(MessageRules, Hold) { CheckRule(GetParam()); }

const std::string kIdle = "registered connected; 1 redeemed current";

std::vector<Step> Sent(std::size_t count = 1) {
  std::vector<Step> steps = kRegistered;
  for (std::size_t i = 0; i < count; ++i) steps.push_back(Send("paris"));
  return steps;
}

std::string Open(std::size_t count) {
  std::string state = kIdle;
  for (std::size_t i = 1; i <= count; ++i) state += "; message " + std::to_string(i) + " open";
  return state;
}

Step TimersOf(std::string gateway) { return {std::move(gateway), Timers().run}; }

const Rule kSending[] = {
    Rule("a message is sent")
        .Given(kRegistered)
        .When(Send("paris"))
        .Then("created", {"MessageSent"}, Open(1)),
    Rule("also to a gateway that is not registered yet")
        .Given({Add("paris")})
        .When(Send("paris"))
        .Then("created", {"MessageSent"}, "unregistered; 1 active; message 1 open"),
    Rule("the hundredth open message is sent")
        .Given(Sent(99))
        .When(Send("paris"))
        .Then("created", {"MessageSent"}, Open(100)),
    Rule("the hundred and first is not")
        .Given(Sent(100))
        .When(Send("paris"))
        .Then("too_many_messages", {}, Open(100)),
    Rule("nothing is sent to a gateway that does not exist")
        .When(Send("paris"))
        .Then("not_found", {}, "none"),
    Rule("nor to one that was removed")
        .Given({Add("paris"), Remove("paris")})
        .When(Send("paris"))
        .Then("gateway_removed", {}, "removed; 1 revoked"),
    Rule("a restore leaves out numbers that the lost events may have given")
        .Given(After(Sent(), {Restore()}))
        .When(Send("paris"))
        .Then("created", {"MessageSent"},
              "registered connected restored; 1 redeemed current; message 1 open; message 1048578 "
              "open"),
};
INSTANTIATE_TEST_SUITE_P(Sending, MessageRules, ::testing::ValuesIn(kSending), RuleName);

const Rule kAcknowledging[] = {
    Rule("the gateway has done it")
        .Given(Sent())
        .When(Acknowledge("paris"))
        .Then("ok", {"MessageEnded"}, kIdle + "; message 1 done"),
    Rule("the gateway could not")
        .Given(Sent())
        .When(Acknowledge("paris", 1, false))
        .Then("ok", {"MessageEnded"}, kIdle + "; message 1 failed"),
    Rule("a repeat changes nothing")
        .Given(After(Sent(), {Acknowledge("paris")}))
        .When(Acknowledge("paris"))
        .Then("ok", {}, kIdle + "; message 1 done"),
    Rule("nor does another outcome later")
        .Given(After(Sent(), {Acknowledge("paris")}))
        .When(Acknowledge("paris", 1, false))
        .Then("ok", {}, kIdle + "; message 1 done"),
    Rule("a message that was never sent is passed over")
        .Given(Sent())
        .When(Acknowledge("paris", 2))
        .Then("ok", {}, Open(1)),
    Rule("so is one to another gateway")
        .Given(After(Sent(), {Add("lyon"), Register("lyon")}))
        .When(Acknowledge("lyon", 1))
        .Then("ok", {}, kIdle),
    Rule("what the gateway says after a cancellation is the outcome")
        .Given(After(Sent(), {Cancel("paris")}))
        .When(Acknowledge("paris"))
        .Then("ok", {"MessageEnded"}, kIdle + "; message 1 done"),
    Rule("and after the expiry")
        .Given(After(Sent(0), {Send("paris", seconds(5)), Wait(seconds(5)), Timers()}))
        .When(Acknowledge("paris", 1, false))
        .Then("ok", {"MessageEnded"}, kIdle + "; message 1 failed"),
    Rule("that is said once too")
        .Given(After(Sent(), {Cancel("paris"), Acknowledge("paris")}))
        .When(Acknowledge("paris", 1, false))
        .Then("ok", {}, kIdle + "; message 1 done"),
    Rule("a certificate that is revoked says nothing any more")
        .Given(After(Sent(), {Deregister("paris")}))
        .When(Acknowledge("paris"))
        .Then("certificate_revoked", {}, "unregistered; 1 redeemed revoked; message 1 open"),
    Rule("unless it ended just now")
        .Given(After(Sent(), {Deregister("paris")}))
        .When(AcknowledgeLate("paris"))
        .Then("ok", {"MessageEnded"}, "unregistered; 1 redeemed revoked; message 1 done"),
    Rule("of a gateway that was removed nothing is recorded")
        .Given(After(Sent(), {Remove("paris")}))
        .When(AcknowledgeLate("paris"))
        .Then("ok", {}, "removed; 1 redeemed revoked; message 1 cancelled"),
};
INSTANTIATE_TEST_SUITE_P(Acknowledging, MessageRules, ::testing::ValuesIn(kAcknowledging),
                         RuleName);

const Rule kEndingMessages[] = {
    Rule("an operator cancels a message")
        .Given(Sent())
        .When(Cancel("paris"))
        .Then("ok", {"MessageEnded"}, kIdle + "; message 1 cancelled"),
    Rule("one that has ended is not cancelled")
        .Given(After(Sent(), {Acknowledge("paris")}))
        .When(Cancel("paris"))
        .Then("message_ended", {}, kIdle + "; message 1 done"),
    Rule("nor one that was never sent")
        .Given(Sent())
        .When(Cancel("paris", 2))
        .Then("not_found", {}, Open(1)),
    Rule("nor one to another gateway")
        .Given(After(Sent(), {Add("lyon")}))
        .When(Cancel("lyon"))
        .Then("not_found", {}, "unregistered; 1 active"),
    Rule("a message expires when its time is over")
        .Given(After(kRegistered, {Send("paris", seconds(5)), Wait(seconds(5))}))
        .When(TimersOf("paris"))
        .Then("ok", {"MessageEnded"}, kIdle + "; message 1 expired"),
    Rule("and not before")
        .Given(After(kRegistered, {Send("paris", seconds(5)), Wait(seconds(5) - kTick)}))
        .When(TimersOf("paris"))
        .Then("ok", {}, Open(1)),
    Rule("the open messages of a gateway end with it")
        .Given(Sent(2))
        .When(Remove("paris"))
        .Then("ok", {"GatewayDeregistered", "MessageEnded", "MessageEnded", "GatewayRemoved"},
              "removed; 1 redeemed revoked; message 1 cancelled; message 2 cancelled"),
    Rule("a deregistration leaves them to the next machine")
        .Given(Sent())
        .When(Deregister("paris"))
        .Then("ok", {"GatewayDeregistered"}, "unregistered; 1 redeemed revoked; message 1 open"),
    Rule("an ended message makes room for another")
        .Given(After(Sent(100), {Acknowledge("paris", 40)}))
        .When(Cancel("paris", 41))
        .Then("ok", {"MessageEnded"},
              [] {
                std::string state = kIdle;
                for (int i = 1; i <= 100; ++i) {
                  state += "; message " + std::to_string(i) +
                           (i == 40   ? " done"
                            : i == 41 ? " cancelled"
                                      : " open");
                }
                return state;
              }()),
};
INSTANTIATE_TEST_SUITE_P(Ending, MessageRules, ::testing::ValuesIn(kEndingMessages), RuleName);

}  // namespace
}  // namespace latchkey::testing
