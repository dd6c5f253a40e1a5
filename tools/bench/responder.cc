#include "tools/bench/responder.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/crypto/random.h"

namespace latchkey::tools {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::chrono::hours kServerCertificateLifetime{24};

// One connection; owns itself through the handlers that wait for it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, asio::ssl::context& tls, const std::string& body)
      : stream_(std::move(socket), tls), body_(body) {}

  void Start() {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](boost::system::error_code error) {
                              if (!error) self->Read();
                            });
  }

 private:
  void Read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                       if (!error) self->Answer();
                     });
  }

  void Answer() {
    answer_ = {};
    answer_.result(http::status::ok);
    answer_.set(http::field::content_type, "application/json");
    answer_.body() = body_;
    answer_.keep_alive(true);
    answer_.prepare_payload();
    http::async_write(stream_, answer_,
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (!error) self->Read();
                      });
  }

  asio::ssl::stream<tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> answer_;
  const std::string& body_;
};

void Accept(tcp::acceptor& acceptor, asio::ssl::context& tls, const std::string& body,
            std::vector<std::unique_ptr<asio::io_context>>& contexts, std::size_t turn) {
  asio::io_context& context = *contexts[turn % contexts.size()];
  acceptor.async_accept(context, [&, turn](boost::system::error_code error, tcp::socket socket) {
    if (error) return;
    socket.set_option(tcp::no_delay(true), error);
    auto session = std::make_shared<Session>(std::move(socket), tls, body);
    asio::post(*contexts[turn % contexts.size()], [session] { session->Start(); });
    Accept(acceptor, tls, body, contexts, turn + 1);
  });
}

asio::ssl::context MakeTls() {
  crypto::SystemRandom random;
  const Time now = SystemClock().Now();
  const auto ca = crypto::CertificateAuthority::Load(
      crypto::CertificateAuthority::Create("bench", now, random));
  const auto server =
      ca.value()->SignServer({"localhost", "127.0.0.1"}, now, kServerCertificateLifetime, random);
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain(asio::buffer(server.certificate_pem));
  tls.use_private_key(asio::buffer(server.key_pem.view().data(), server.key_pem.view().size()),
                      asio::ssl::context::pem);
  return tls;
}

}  // namespace

Status RunResponder(std::size_t body_bytes, unsigned threads,
                    const std::function<void(const std::string& address)>& ready) {
  const std::string body =
      "{\"filler\":\"" + std::string(body_bytes > 13 ? body_bytes - 13 : 0, 'x') + "\"}";
  asio::ssl::context tls = MakeTls();
  // One loop per thread: connections never move between threads, so no lock is needed.
  std::vector<std::unique_ptr<asio::io_context>> contexts;
  for (unsigned i = 0; i < threads; ++i) contexts.push_back(std::make_unique<asio::io_context>(1));
  boost::system::error_code error;
  tcp::acceptor acceptor(*contexts[0]);
  acceptor.open(tcp::v4(), error);
  if (!error) acceptor.bind({asio::ip::address_v4::loopback(), 0}, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Refuse(ErrorCode::kIo, "the bare responder cannot listen: " + error.message());
  Accept(acceptor, tls, body, contexts, 0);

  std::vector<std::thread> loops;
  for (const auto& context : contexts) {
    loops.emplace_back([&context] {
      const auto work = asio::make_work_guard(*context);
      context->run();
    });
  }
  ready("127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
  char ignored = 0;
  while (::read(STDIN_FILENO, &ignored, 1) > 0) {
  }
  for (const auto& context : contexts) context->stop();
  for (auto& loop : loops) loop.join();
  return {};
}

}  // namespace latchkey::tools
