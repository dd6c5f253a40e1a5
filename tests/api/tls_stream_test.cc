// Our TLS stream under foreign protocol code: Beast reads and writes over it as over any Asio
// stream.
#include <thread>

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "api/http/tls.h"
#include "core/crypto/certificates.h"
#include "tests/support/fakes.h"

namespace latchkey::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

// Sends the body back, once.
class Echo {
 public:
  Echo(const api::TlsContext& context, tcp::socket socket)
      : socket_(std::move(socket)), stream_(context, socket_) {}

  void Start() {
    const auto io = stream_.Handshake();
    if (io == api::TlsStream::Io::kDone) return Read();
    ASSERT_NE(io, api::TlsStream::Io::kClosed);
    socket_.async_wait(tcp::socket::wait_read, [this](const auto&) { Start(); });
  }

 private:
  void Read() {
    http::async_read(stream_, buffer_, request_, [this](boost::system::error_code error, auto) {
      ASSERT_FALSE(error) << error.message();
      response_.body() = request_.body();
      response_.prepare_payload();
      http::async_write(stream_, response_, [this](boost::system::error_code written, auto) {
        ASSERT_FALSE(written) << written.message();
        stream_.async_read_some(asio::buffer(&end_, 1),
                                [this](boost::system::error_code last, auto) {
                                  EXPECT_EQ(last, asio::error::eof);
                                  stream_.SendClose();  // the client waits for it
                                });
      });
    });
  }

  tcp::socket socket_;
  api::TlsStream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  char end_ = 0;
};

// What the client got back for `body`.
std::string Ask(const tcp::endpoint& server, const std::string& body) {
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  asio::ssl::stream<tcp::socket> stream(io, context);
  stream.next_layer().connect(server);
  stream.handshake(asio::ssl::stream_base::client);
  http::request<http::string_body> request(http::verb::post, "/", 11);
  request.body() = body;
  request.prepare_payload();
  http::write(stream, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(1u << 30);
  http::read(stream, buffer, parser);
  boost::system::error_code ignored;
  stream.shutdown(ignored);
  return parser.get().body();
}

TEST(TlsStreamTest, CarriesBeast) {
  SeededRandom random;
  const Time now = SystemClock().Now();
  const auto made = crypto::CertificateAuthority::Create("Test CA", now, random);
  const auto served =
      (*crypto::CertificateAuthority::Load(made))->SignServer({"localhost"}, now, 24h, random);
  const auto context =
      api::MakeTlsContext(served.certificate_pem, std::string(served.key_pem.view()));
  ASSERT_TRUE(context);
  asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const std::string body = random.Bytes(700'000);  // many records, more than a socket holds
  std::string echoed;
  std::thread client([&] { echoed = Ask(acceptor.local_endpoint(), body); });
  tcp::socket socket = acceptor.accept();
  socket.native_non_blocking(true);
  Echo echo(*context, std::move(socket));
  echo.Start();
  io.run();
  client.join();
  EXPECT_EQ(echoed, body);
}

}  // namespace
}  // namespace latchkey::testing
