// A port taken before there is anything to serve at it: a start that cannot have its ports should
// fail before it has made anything.
#pragma once

#include <string>

#include "core/base/error.h"

namespace latchkey::api {

// Owns a socket that is bound and does not listen yet. One thread.
class BoundPort {
 public:
  // ADDR:PORT or [ADDR]:PORT; port 0 picks a free one. Refuses with kIo and words.
  static Result<BoundPort> Bind(const std::string& address);
  ~BoundPort();
  BoundPort(BoundPort&& other) noexcept;
  BoundPort(const BoundPort&) = delete;
  BoundPort& operator=(const BoundPort&) = delete;
  BoundPort& operator=(BoundPort&&) = delete;

  const std::string& address() const { return address_; }  // bound, as ADDR:PORT
  bool is_v6() const { return address_.front() == '['; }
  int Release();  // the socket, which is the caller's from now on

 private:
  BoundPort(int socket, std::string address) : socket_(socket), address_(std::move(address)) {}

  int socket_;
  std::string address_;
};

}  // namespace latchkey::api
