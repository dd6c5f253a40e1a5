// A ledger whose webhooks are quick to try again, and a receiver, for each test.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json/array.hpp>

#include "tests/contract/contract_ledger.h"
#include "tests/support/receiver.h"

namespace latchkey::testing {

inline constexpr auto kReceiverPatience = std::chrono::seconds(30);  // on a slow machine

inline const TempDir& CaDirectory() {
  static const TempDir directory;
  return directory;
}

inline api::SenderOptions Quick() {
  api::SenderOptions options;
  options.ca_file = (CaDirectory() / "receivers.pem").string();
  options.timeout = std::chrono::seconds(2);
  options.retry_first = std::chrono::milliseconds(20);
  options.retry_most = std::chrono::milliseconds(200);
  return options;
}

// A ledger and a receiver of its own for each test.
class WebhooksTest : public ::testing::Test {
 protected:
  struct Made {
    std::string id;
    std::string secret;
    std::string path() const { return "/v1/webhooks/" + id; }
  };

  Made Add(boost::json::object body) {
    if (!body.contains("url")) body["url"] = receiver_.url();
    const HttpAnswer answer = ledger_.Management().Post("/v1/webhooks", body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    if (answer.status != 201) return {};
    const boost::json::object made = answer.Json();
    const Made webhook{std::string(made.at("id").as_string()),
                       std::string(made.at("secret").as_string())};
    EXPECT_EQ(answer.Header("Location"), webhook.path());
    EXPECT_EQ(answer.Header("Cache-Control"), "no-store");
    ledger_.Tick();
    return webhook;
  }
  Made AddFor(std::string_view type) { return Add({{"types", boost::json::array{type}}}); }

  boost::json::object Shown(const Made& webhook) {
    return ledger_.Management().Get(webhook.path()).Json();
  }
  // Waits until it shows that.
  void AwaitShown(const Made& webhook, std::string_view member, const boost::json::value& value) {
    const auto until = std::chrono::steady_clock::now() + kReceiverPatience;
    while (Shown(webhook).at(member) != value) {
      ASSERT_LT(std::chrono::steady_clock::now(), until)
          << member << " is " << Shown(webhook).at(member);
      std::this_thread::yield();
    }
  }
  // Waits until the event of this id was attempted last.
  void AwaitAttempt(const Made& webhook, const std::string& id) {
    const auto until = std::chrono::steady_clock::now() + kReceiverPatience;
    while (true) {
      const boost::json::value last = Shown(webhook).at("last_attempt");
      if (last.is_object() && last.at("event") == boost::json::value(id)) return;
      ASSERT_LT(std::chrono::steady_clock::now(), until) << "the last attempt is " << last;
      std::this_thread::yield();
    }
  }
  HttpAnswer Replay(const Made& webhook, const std::string& after) {
    return ledger_.Management().Post(webhook.path() + "/replay", {{"after", after}});
  }
  // Events for webhooks of the type AccountOpened; their accounts.
  std::vector<std::string> Open(std::size_t count) {
    std::vector<std::string> accounts;
    for (std::size_t i = 0; i < count; ++i) accounts.push_back(ledger_.NewAccount());
    return accounts;
  }
  static std::vector<std::string> AccountsIn(const std::vector<Received>& received) {
    std::vector<std::string> accounts;
    for (const Received& one : received) {
      accounts.emplace_back(one.Event().at("data").as_object().at("account").as_string());
    }
    return accounts;
  }

  Receiver receiver_{CaDirectory() / "receivers.pem"};
  ContractLedger ledger_{{}, {}, Quick()};
};

}  // namespace latchkey::testing
