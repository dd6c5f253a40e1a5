// The server at the other end of a webhook.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/call/ledger_view.h"
#include "api/webhooks/notice.h"
#include "core/http/http_client.h"

namespace latchkey::api {

// What an attempt to deliver came to.
struct AttemptResult {
  int status = 0;        // of the answer; 0: there was none
  std::string detail{};  // why the notice was not taken, for a person; empty: it was
  Micros took{0};
  std::chrono::seconds retry_after{0};  // as the receiver asks for

  bool taken() const { return detail.empty(); }
  bool refused_for_good() const {
    return status >= 400 && status <= 499 && status != 408 && status != 425 && status != 429;
  }
};

// The secrets by which deliveries are signed now: that of the row, and for a while the one before.
// Empty when the row's is void or its master key is gone.
std::vector<crypto::Secret> SecretsOf(const domain::WebhookRow& row, const LedgerView& ledger);

// One thread.
class Receiver {
 public:
  struct Options {
    std::chrono::seconds timeout;  // of one attempt
    std::string ca_file;           // PEM, of a CA to be trusted beside the system's; may be empty
  };
  // All outlive it. `cancelled` is asked about once a second during an attempt.
  Receiver(const LedgerView& ledger, const AddressRule& rule, Options options,
           std::function<bool()> cancelled);

  // Follows no redirect, uses no proxy, connects to no address that the rule does not admit.
  AttemptResult Send(const domain::WebhookRow& row, const Notice& notice);

 private:
  AttemptResult Attempt(const ClientRequest& request);
  std::string Connect(const domain::WebhookRow& row);

  const LedgerView& ledger_;
  const AddressRule& rule_;
  const Options options_;
  const std::function<bool()> cancelled_;
  std::unique_ptr<HttpClient> client_;  // keeps its connection from one delivery to the next
  std::string target_;
  std::uint64_t made_of_ = 0;  // the row's sequence by which the two were made
};

}  // namespace latchkey::api
