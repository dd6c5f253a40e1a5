// A listening socket that hands its connections to the workers in turn.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/bound_port.h"
#include "api/http/tls.h"
#include "api/session.h"
#include "api/worker.h"

namespace latchkey::api {

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  // Listens at the port. Refuses with kIo and words. `workers` outlive it; it lives on the thread
  // of the first.
  static Result<std::shared_ptr<Acceptor>> Listen(Listener listener, BoundPort port, TlsContext tls,
                                                  std::vector<std::shared_ptr<Worker>> workers,
                                                  std::size_t max_connections);

  std::string address() const { return address_; }  // bound, as ADDR:PORT
  void UseContext(TlsContext tls);                  // for connections from now on; any thread
  void Start();                                     // any thread
  void Stop();                                      // any thread; returns at once

 private:
  using tcp = boost::asio::ip::tcp;
  Acceptor(Listener listener, TlsContext tls, std::vector<std::shared_ptr<Worker>> workers,
           std::size_t max_connections);

  void Accept();
  void Accepted(tcp::socket socket, Worker* worker);
  void AcceptSoon();

  const Listener listener_;
  const std::vector<std::shared_ptr<Worker>> workers_;
  const std::size_t max_connections_;
  tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::string address_;
  std::shared_ptr<ConnectionCount> count_;
  std::size_t next_worker_ = 0;
  bool stopped_ = false;
  std::atomic<bool> full_{false};
  std::mutex mutex_;  // of tls_
  TlsContext tls_;
};

}  // namespace latchkey::api
