#include "api/acceptor.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "api/http/limits.h"

namespace latchkey::api {
namespace {

using boost::asio::ip::tcp;

std::optional<tcp::endpoint> ParseEndpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || failed != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, port);
}

std::string FormatEndpoint(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
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

Result<std::shared_ptr<Acceptor>> Acceptor::Bind(Listener listener, const std::string& address,
                                                 TlsContext tls,
                                                 std::vector<std::shared_ptr<Worker>> workers,
                                                 std::size_t max_connections) {
  const std::optional<tcp::endpoint> endpoint = ParseEndpoint(address);
  if (!endpoint) {
    return Refuse(ErrorCode::kIo, "\"" + address +
                                      "\" is no address to listen on. Give it as "
                                      "ADDR:PORT, such as 127.0.0.1:8443 or [::1]:8443.");
  }
  const std::shared_ptr<Acceptor> self(
      new Acceptor(listener, std::move(tls), std::move(workers), max_connections));
  boost::system::error_code error;
  self->acceptor_.open(endpoint->protocol(), error);
  if (!error) self->acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) self->acceptor_.bind(*endpoint, error);
  if (!error) self->acceptor_.listen(limits::kAcceptBacklog, error);
  if (error) {
    return Refuse(ErrorCode::kIo, "Cannot listen on " + address + ": " + error.message() + ".");
  }
  self->address_ = FormatEndpoint(self->acceptor_.local_endpoint());
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
