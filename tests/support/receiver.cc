#include "tests/support/receiver.h"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <list>
#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>

#include "core/base/base64.h"
#include "core/base/time.h"
#include "core/crypto/certificates.h"
#include "core/crypto/hash.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto kAwait = 30s;

}  // namespace

// One thread takes connections, and each connection has one.
struct Receiver::Impl {
  using Stream = asio::ssl::stream<tcp::socket>;

  asio::io_context io;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  const std::uint16_t port = acceptor.local_endpoint().port();

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::function<Reply(std::size_t)> reply = [](std::size_t) { return Reply(); };
  std::vector<Received> all;
  std::list<tcp::socket*> open;
  std::size_t connections = 0;
  bool stopping = false;

  std::list<std::thread> threads;
  std::thread accepting;

  void Accept() {
    while (true) {
      boost::system::error_code error;
      tcp::socket socket(io);
      acceptor.accept(socket, error);
      const std::lock_guard lock(mutex);
      if (stopping || error) return;
      const std::size_t number = ++connections;
      threads.emplace_back([this, number, socket = std::move(socket)]() mutable {
        Stream stream(std::move(socket), tls);
        Serve(&stream, number);
      });
    }
  }

  void Serve(Stream* stream, std::size_t number) {
    std::list<tcp::socket*>::iterator place;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      place = open.insert(open.end(), &stream->next_layer());
    }
    boost::system::error_code error;
    stream->handshake(asio::ssl::stream_base::server, error);
    boost::beast::flat_buffer buffer;
    while (!error && AnswerOne(stream, &buffer, number, &error)) {
    }
    const std::lock_guard lock(mutex);
    open.erase(place);
  }

  bool AnswerOne(Stream* stream, boost::beast::flat_buffer* buffer, std::size_t number,
                 boost::system::error_code* error) {
    http::request<http::string_body> request;
    http::read(*stream, *buffer, request, *error);
    if (*error) return false;
    Reply how;
    {
      const std::lock_guard lock(mutex);
      all.push_back({std::string(request.target()), std::string(request[http::field::content_type]),
                     std::string(request["webhook-id"]), std::string(request["webhook-timestamp"]),
                     std::string(request["webhook-signature"]), request.body(), number});
      how = reply(all.size() - 1);
      changed.notify_all();
    }
    if (how.how == Reply::How::kCut) return false;
    if (how.how == Reply::How::kSilent) {
      char none = 0;
      stream->read_some(asio::buffer(&none, 1), *error);  // until the other side gives up
      return false;
    }
    if (how.how == Reply::How::kHalf) {
      asio::write(*stream,
                  asio::buffer(std::string("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12")),
                  *error);
      return false;
    }
    http::response<http::string_body> answer(static_cast<http::status>(how.status), 11);
    for (const auto& [name, value] : how.headers) answer.set(name, value);
    answer.body() = std::string(how.body_bytes, 'x');
    answer.keep_alive(!how.close);
    answer.prepare_payload();
    http::write(*stream, answer, *error);
    return !how.close;
  }
};

Receiver::Receiver(const std::filesystem::path& ca_file) : impl_(std::make_unique<Impl>()) {
  SeededRandom random(Seed());
  const Time now = SystemClock().Now();
  auto made = crypto::CertificateAuthority::Create("receivers", now, random);
  std::ofstream(ca_file) << made.certificate_pem;
  const auto ca = *crypto::CertificateAuthority::Load(made);
  const auto server = ca->SignServer({"localhost", "127.0.0.1"}, now, 24h, random);
  impl_->tls.use_certificate_chain(asio::buffer(server.certificate_pem));
  impl_->tls.use_private_key(asio::buffer(server.key_pem.view()), asio::ssl::context::pem);
  impl_->accepting = std::thread([this] { impl_->Accept(); });
}

Receiver::~Receiver() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    boost::system::error_code ignored;
    for (tcp::socket* socket : impl_->open) {
      socket->shutdown(tcp::socket::shutdown_both, ignored);
    }
  }
  boost::system::error_code ignored;
  tcp::socket(impl_->io).connect(impl_->acceptor.local_endpoint(), ignored);  // ends the accept
  impl_->accepting.join();
  for (std::thread& thread : impl_->threads) thread.join();
}

std::string Receiver::url(const std::string& host) const {
  return "https://" + host + ":" + std::to_string(impl_->port) + "/in?x=1";
}

void Receiver::AnswerBy(std::function<Reply(std::size_t)> reply) {
  const std::lock_guard lock(impl_->mutex);
  impl_->reply = std::move(reply);
}

void Receiver::Answer(Reply reply) {
  AnswerBy([reply = std::move(reply)](std::size_t) { return reply; });
}

std::vector<Received> Receiver::Await(std::size_t count) {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait_for(lock, kAwait, [&] { return impl_->all.size() >= count; });
  return impl_->all;
}

std::vector<Received> Receiver::received() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->all;
}

std::size_t Receiver::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections;
}

boost::json::object Received::Event() const { return boost::json::parse(body).as_object(); }

bool IsSignedBy(const Received& received, const std::string& secret) {
  const auto key = text::FromBase64(secret.substr(std::string("whsec_").size()));
  if (!key) return false;
  const std::string right =
      "v1," + text::ToBase64(crypto::HmacSha256(
                  *key, received.id + "." + received.timestamp + "." + received.body));
  return (" " + received.signature + " ").find(" " + right + " ") != std::string::npos;
}

}  // namespace latchkey::testing
