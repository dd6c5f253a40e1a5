// A well-behaved client beside a hostile one, which must not be affected.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tools/bench/load_client.h"
#include "tools/bench/load_server.h"

namespace latchkey::testing {

// Reads and writes on the management listener and preflights on the other, over connections that
// stay open, from construction until Stop. The gateway's key must be active.
class Bystander {
 public:
  Bystander(const tools::ServedLedger& server, const std::string& gateway, const std::string& key)
      : operator_thread_([this, options = server.Management(2), gateway,
                          authorization = server.authorization()] {
          const std::string path = "/v1/gateways/" + gateway;
          Work(options, {tools::ComposeRequest("GET", path, authorization, ""),
                         tools::ComposeRequest("POST", path + "/key/reveal", authorization, "")});
        }),
        installer_thread_([this, options = server.Gateways(2), key] {
          Work(options, {tools::ComposeRequest("POST", "/v1/registrations/preflight", "",
                                               "{\"key\":\"" + key + "\"}"),
                         tools::ComposeRequest("GET", "/healthz", "", "")});
        }) {}
  ~Bystander() { Stop(); }

  // Stops; the test fails when any request was lost or not answered with 200.
  void Stop() {
    if (stopping_.exchange(true)) return;
    operator_thread_.join();
    installer_thread_.join();
    EXPECT_EQ(disturbed_, 0u) << "of " << answered_;
    EXPECT_GT(answered_, 0u);
  }

  std::uint64_t answered() const { return answered_; }
  // Waits until `more` further requests were answered.
  void WaitFor(std::uint64_t more) {
    for (const std::uint64_t until = answered_ + more; answered_ < until && disturbed_ == 0;) {
      std::this_thread::yield();
    }
  }

 private:
  void Work(const tools::LoadOptions& options, const std::vector<std::string>& requests) {
    auto client = tools::LoadClient::Connect(options);
    if (!client) {
      ++disturbed_;
      return;
    }
    std::size_t turn = 0;
    const auto report = (*client)->Run(
        [&](unsigned) -> std::string_view {
          return stopping_ ? std::string_view() : requests[turn++ % requests.size()];
        },
        [&](unsigned, const tools::LoadAnswer& answer) {
          ++answered_;
          if (answer.status != 200) ++disturbed_;
        },
        std::chrono::minutes(10));
    disturbed_ += report.lost;
  }

  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> disturbed_{0};
  std::thread operator_thread_;
  std::thread installer_thread_;
};

}  // namespace latchkey::testing
