#include "tools/witness/witness_server.h"

#include <csignal>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/auth/limiter.h"
#include "api/http/client_address.h"
#include "api/http/connection_count.h"
#include "api/http/limits.h"
#include "core/base/time.h"
#include "core/crypto/random.h"
#include "tools/witness/witness_visitor.h"

namespace latchkey::tools {

using boost::asio::ip::tcp;

class WitnessServer::Impl {
 public:
  Impl(Witness& witness, Options options)
      : witness_(witness),
        options_(std::move(options)),
        tls_(options_.tls),
        acceptor_(io_),
        timer_(io_),
        look_(io_),
        signals_(io_),
        addresses_({}, options_.limit_loopback),
        count_(witness_limits::kConnectionsOfAddress),
        asked_(witness_limits::kRequestsOfAddress, random_) {
    count_.closed = [this] {
      if (std::exchange(full_, false)) Accept();
    };
  }

  Status Listen(api::BoundPort port) {
    address_ = port.address();
    boost::system::error_code error;
    acceptor_.assign(port.is_v6() ? tcp::v6() : tcp::v4(), port.Release(), error);
    if (!error) acceptor_.listen(api::limits::kAcceptBacklog, error);
    if (!error) return {};
    return Refuse(ErrorCode::kIo, "Cannot listen on " + address_ + ": " + error.message() + ".");
  }

  const std::string& address() const { return address_; }

  void StopOnSignals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) Drain();
    });
  }

  void Run() {
    Accept();
    if (options_.renewed) LookForTls();
    io_.run();
  }

  void Stop() {
    boost::asio::post(io_, [this] { Drain(); });
  }

 private:
  void Accept() {
    if (stopping_) return;
    if (count_.open() >= witness_limits::kConnections) {
      full_ = true;  // the rest wait in the backlog until one goes
      return;
    }
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
      if (stopping_ || error == boost::asio::error::operation_aborted) return;
      if (error) return AcceptLater();  // most likely no file descriptor is left: one will be
      Welcome(std::move(socket));
      Accept();
    });
  }

  void AcceptLater() {
    timer_.expires_after(api::limits::kAcceptRetry);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) Accept();
    });
  }

  void LookForTls() {
    look_.expires_after(witness_limits::kLookForTls);
    look_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled || stopping_) return;
      if (api::TlsContext renewed = options_.renewed()) tls_ = std::move(renewed);
      LookForTls();
    });
  }

  void Welcome(tcp::socket socket) {
    boost::system::error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already
    const api::ClientAddress address = addresses_.Of(peer.address());
    if (!MayAsk(address) || !count_.Open(address)) return;
    socket.set_option(tcp::no_delay(true), error);
    socket.native_non_blocking(true, error);
    auto visitor = std::make_shared<WitnessVisitor>(
        io_, witness_, std::move(socket), tls_, options_.patience,
        WitnessVisitor::Host{.may_ask = [this, address] { return MayAsk(address); },
                             .gone =
                                 [this, address](WitnessVisitor* gone) {
                                   visitors_.erase(gone);
                                   count_.Close(address);
                                   if (stopping_ && visitors_.empty()) timer_.cancel();
                                 }});
    visitors_.emplace(visitor.get(), visitor);
    visitor->Start();
  }

  // Counts each connection and each request.
  bool MayAsk(const api::ClientAddress& address) {
    if (!address.limited_as) return true;
    const Micros now = clock_.Steady();
    if (asked_.Wait(*address.limited_as, now) > Micros(0)) return false;
    (void)asked_.Count(*address.limited_as, now);
    return true;
  }

  void Drain() {
    if (std::exchange(stopping_, true)) return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    signals_.cancel(ignored);
    look_.cancel();
    ForAll([](WitnessVisitor& visitor) { visitor.Drain(); });
    if (visitors_.empty()) return;
    timer_.expires_after(witness_limits::kStop);
    timer_.async_wait([this](const boost::system::error_code&) {
      ForAll([](WitnessVisitor& visitor) { visitor.Close(); });
    });
  }

  template <typename Do>
  void ForAll(Do act) {
    const auto visitors = visitors_;  // those that close leave the map
    for (const auto& [raw, visitor] : visitors) act(*visitor);
  }

  Witness& witness_;
  const Options options_;
  api::TlsContext tls_;
  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer look_;
  boost::asio::signal_set signals_;
  std::string address_;
  const api::ClientAddresses addresses_;
  api::ConnectionCount count_;
  const SystemClock clock_;
  crypto::SystemRandom random_;
  api::Limiter asked_;
  std::unordered_map<WitnessVisitor*, std::shared_ptr<WitnessVisitor>> visitors_;
  bool full_ = false;
  bool stopping_ = false;
};

Result<std::unique_ptr<WitnessServer>> WitnessServer::Listen(Witness& witness, api::BoundPort port,
                                                             Options options) {
  auto impl = std::make_unique<Impl>(witness, std::move(options));
  if (Status listens = impl->Listen(std::move(port)); !listens) return listens.error();
  return std::unique_ptr<WitnessServer>(new WitnessServer(std::move(impl)));
}

WitnessServer::WitnessServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WitnessServer::~WitnessServer() = default;

const std::string& WitnessServer::address() const { return impl_->address(); }
void WitnessServer::StopOnSignals() { impl_->StopOnSignals(); }
void WitnessServer::Run() { impl_->Run(); }
void WitnessServer::Stop() { impl_->Stop(); }

}  // namespace latchkey::tools
