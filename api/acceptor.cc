#include "api/acceptor.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "api/http/limits.h"

namespace latchkey::api {
using boost::asio::ip::tcp;
namespace {

// TCP keep-alive (RFC 9293 §3.8.4). Without it the connection is as good, and a lost peer is
// noticed later.
void ProbeWhenSilent(tcp::socket& socket) {
  const auto set = [&](int level, int option, int value) {
    (void)::setsockopt(socket.native_handle(), level, option, &value, sizeof(value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(limits::kProbeAfter.count()));
  set(IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(limits::kProbeEvery.count()));
  set(IPPROTO_TCP, TCP_KEEPCNT, limits::kProbes);
}

}  // namespace

Acceptor::Acceptor(Listener listener, TlsContext tls, std::vector<std::shared_ptr<Worker>> workers,
                   std::size_t max_connections)
    : listener_(listener),
      workers_(std::move(workers)),
      max_connections_(max_connections),
      acceptor_(workers_.front()->io()),
      retry_(workers_.front()->io()),
      count_(std::make_shared<ConnectionCount>(
          std::max<std::size_t>(max_connections / limits::kConnectionShares, 1))),
      tls_(std::move(tls)) {}

Result<std::shared_ptr<Acceptor>> Acceptor::Listen(Listener listener, BoundPort port,
                                                   TlsContext tls,
                                                   std::vector<std::shared_ptr<Worker>> workers,
                                                   std::size_t max_connections) {
  const std::shared_ptr<Acceptor> self(
      new Acceptor(listener, std::move(tls), std::move(workers), max_connections));
  boost::system::error_code error;
  self->address_ = port.address();
  self->acceptor_.assign(port.is_v6() ? tcp::v6() : tcp::v4(), port.Release(), error);
  if (!error) self->acceptor_.listen(limits::kAcceptBacklog, error);
  if (error) {
    return Refuse(ErrorCode::kIo,
                  "Cannot listen on " + self->address_ + ": " + error.message() + ".");
  }
  self->count_->closed = [weak = std::weak_ptr(self)] {
    const std::shared_ptr<Acceptor> acceptor = weak.lock();
    if (acceptor && acceptor->full_.exchange(false)) acceptor->AcceptSoon();
  };
  return self;
}

void Acceptor::UseContext(TlsContext tls) {
  const std::lock_guard lock(mutex_);
  tls_ = std::move(tls);
}

void Acceptor::Start() { AcceptSoon(); }

void Acceptor::AcceptSoon() {
  boost::asio::post(workers_.front()->io(), [self = shared_from_this()] { self->Accept(); });
}

void Acceptor::Stop() {
  boost::asio::post(workers_.front()->io(), [self = shared_from_this()] {
    self->stopped_ = true;
    self->full_ = false;
    boost::system::error_code ignored;
    self->acceptor_.close(ignored);
    self->retry_.cancel();
  });
}

void Acceptor::Accept() {
  if (stopped_) return;
  if (count_->open() >= max_connections_) {
    // The rest wait in the backlog until a connection goes. Looked at once more after saying so.
    LogEvent(workers_.front()->logger(), spdlog::level::warn, "connections_full",
             ListenerName(listener_));
    full_ = true;
    if (count_->open() >= max_connections_ || !full_.exchange(false)) return;
  }
  Worker* worker = workers_[next_worker_++ % workers_.size()].get();
  acceptor_.async_accept(
      worker->io(), [self = shared_from_this(), worker](const boost::system::error_code& error,
                                                        tcp::socket socket) {
        if (self->stopped_ || error == boost::asio::error::operation_aborted) return;
        if (error) {  // most likely no file descriptor is left: one will be
          self->retry_.expires_after(limits::kAcceptRetry);
          self->retry_.async_wait([self](const boost::system::error_code& cancelled) {
            if (!cancelled) self->Accept();
          });
          return;
        }
        self->Accepted(std::move(socket), worker);
        self->Accept();
      });
}

void Acceptor::Accepted(tcp::socket socket, Worker* worker) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const ClientAddresses& addresses = worker->throttle().addresses();
  const ClientAddress address = addresses.Of(peer.address());
  if (!count_->Open(address))
    return worker->metrics().ConnectionDropped(listener_, DropReason::kAddress);
  socket.set_option(tcp::no_delay(true), error);
  socket.native_non_blocking(true, error);
  if (error) return count_->Close(address);
  ProbeWhenSilent(socket);
  TlsContext tls;
  {
    const std::lock_guard lock(mutex_);
    tls = tls_;
  }
  auto session = std::make_shared<Session>(*worker, listener_, tls, std::move(socket), address,
                                           addresses.Trusts(peer.address()), count_);
  boost::asio::post(worker->io(), [worker, session = std::move(session)] {
    worker->Add(session);
    if (worker->draining()) return session->Close();
    session->Start();
  });
}

}  // namespace latchkey::api
