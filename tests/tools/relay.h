// Passes connections on to a server, and loses an answer when asked to.
#pragma once

#include <atomic>
#include <string>

#include "tests/tools/acceptor.h"

namespace latchkey::tools::testing {

// Takes one connection at a time. Thread-safe.
class Relay {
 public:
  // To "https://127.0.0.1:PORT".
  explicit Relay(const std::string& url);

  std::string url() const { return "https://127.0.0.1:" + std::to_string(acceptor_.port()); }
  // The request of the next connection reaches the server, and its answer nobody.
  void LoseNextAnswer() { lose_next_ = true; }
  std::size_t lost() const { return lost_; }

 private:
  void Converse(int client);

  int server_port_;
  std::atomic<bool> lose_next_{false};
  std::atomic<std::size_t> lost_{0};
  Acceptor acceptor_;  // last: it uses the others
};

}  // namespace latchkey::tools::testing
