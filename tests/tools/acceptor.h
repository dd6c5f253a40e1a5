// A listening socket of a test, and the thread that takes its connections.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <functional>
#include <thread>

namespace latchkey::tools::testing {

// Takes one connection at a time, until it is destroyed.
class Acceptor {
 public:
  // On a free port of `address` (INADDR_…). `converse` gets the socket of a connection, which is
  // closed afterwards.
  Acceptor(in_addr_t address, std::function<void(int)> converse);
  ~Acceptor();
  int port() const { return port_; }

 private:
  void Serve();

  const std::function<void(int)> converse_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace latchkey::tools::testing
