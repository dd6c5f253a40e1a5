#include "tests/support/http_client.h"

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace latchkey::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxAnswerBytes = 64u << 20;

asio::ssl::context MakeContext(const HttpClientOptions& options) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (!options.ca_pem.empty()) {
    context.set_verify_mode(asio::ssl::verify_peer);
    context.add_certificate_authority(asio::buffer(options.ca_pem));
  }
  if (!options.certificate_pem.empty()) {
    context.use_certificate_chain(asio::buffer(options.certificate_pem));
    context.use_private_key(asio::buffer(options.key_pem), asio::ssl::context::pem);
  }
  return context;
}

}  // namespace

// Every wait runs the io_context for as long as the timeout says, so that nothing hangs a test.
struct HttpClient::Connection {
  explicit Connection(const HttpClientOptions& options)
      : context(MakeContext(options)), stream(io, context), timeout(options.timeout) {}

  // Runs `start(handler)` to its end; timed_out when it takes too long, and the socket is closed.
  template <typename Start>
  error_code Wait(Start start) {
    error_code result = asio::error::would_block;
    io.restart();
    start([&result](error_code error, [[maybe_unused]] auto... rest) { result = error; });
    io.run_for(timeout);
    if (result != asio::error::would_block) return result;
    error_code ignored;
    stream.lowest_layer().close(ignored);
    io.restart();
    io.run();
    return asio::error::timed_out;
  }

  asio::io_context io;
  asio::ssl::context context;
  asio::ssl::stream<asio::ip::tcp::socket> stream;
  std::chrono::milliseconds timeout;
  boost::beast::flat_buffer buffer;
};

std::optional<std::string> HttpAnswer::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return std::nullopt;
}

boost::json::object HttpAnswer::Json() const {
  error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  if (error || !value.is_object()) {
    ADD_FAILURE() << "no JSON object: " << body;
    return {};
  }
  return value.get_object();
}

std::string HttpAnswer::Code() const {
  error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  if (error || !value.is_object()) return "";
  const auto* code = value.get_object().if_contains("code");
  return code != nullptr && code->is_string() ? std::string(code->get_string()) : "";
}

HttpClient::HttpClient(HttpClientOptions options) : options_(std::move(options)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

bool HttpClient::Connect() {
  if (connection_) return true;
  auto connection = std::make_unique<Connection>(options_);
  const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), options_.port);
  error_code error = connection->Wait(
      [&](auto handler) { connection->stream.lowest_layer().async_connect(server, handler); });
  if (error) return false;
  connection->stream.lowest_layer().set_option(asio::ip::tcp::no_delay(true));
  error = connection->Wait([&](auto handler) {
    connection->stream.async_handshake(asio::ssl::stream_base::client, handler);
  });
  if (error) return false;
  connection_ = std::move(connection);
  return true;
}

void HttpClient::Close() { connection_.reset(); }

bool HttpClient::connected() const { return connection_ != nullptr; }

void HttpClient::SendRaw(std::string_view bytes) {
  if (!Connect()) {
    ADD_FAILURE() << "no connection";
    return;
  }
  // A server may refuse and stop reading before all is sent: its answer tells, not this error.
  connection_->Wait(
      [&](auto handler) { asio::async_write(connection_->stream, asio::buffer(bytes), handler); });
}

HttpAnswer HttpClient::ReceiveAnswer(std::string_view method, std::string_view target) {
  return Receive(method, target, true);
}

HttpAnswer HttpClient::ReceiveHead(std::string_view method, std::string_view target) {
  return Receive(method, target, false);
}

HttpAnswer HttpClient::Receive(std::string_view method, std::string_view target, bool whole) {
  HttpAnswer answer;
  if (!connection_) {
    ADD_FAILURE() << "no connection to receive an answer on";
    return answer;
  }
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  parser.skip(method == "HEAD");
  const error_code error = connection_->Wait([&](auto handler) {
    if (whole) {
      http::async_read(connection_->stream, connection_->buffer, parser, handler);
    } else {
      http::async_read_header(connection_->stream, connection_->buffer, parser, handler);
    }
  });
  if (error) {
    Close();
    ADD_FAILURE() << "no answer to " << method << " " << target << ": " << error.message();
    return answer;
  }
  const auto& message = parser.get();
  answer.status = static_cast<int>(message.result_int());
  answer.body = message.body();
  answer.close = !message.keep_alive();
  for (const auto& field : message) {
    answer.headers.emplace_back(field.name_string(), field.value());
  }
  if (options_.check) {
    const Exchange exchange{options_.listener, std::string(method), std::string(target),
                            answer.status,     answer.headers,      answer.body};
    for (const std::string& problem : OpenApi::Instance().Check(exchange)) {
      ADD_FAILURE() << "api/openapi.yaml: " << problem;
    }
  }
  if (answer.close && whole) Close();
  return answer;
}

HttpAnswer HttpClient::Send(std::string_view method, std::string_view target,
                            std::optional<std::string> body, const Headers& headers) {
  std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  request += "Host: localhost:" + std::to_string(options_.port) + "\r\n";
  bool typed = false;
  bool authorized = false;
  for (const auto& [name, value] : headers) {
    typed |= boost::beast::iequals(name, "Content-Type");
    authorized |= boost::beast::iequals(name, "Authorization");
    request += name + ": " + value + "\r\n";
  }
  if (!options_.token.empty() && !authorized) {
    request += "Authorization: Bearer " + options_.token + "\r\n";
  }
  if (body) {
    if (!typed) request += "Content-Type: application/json\r\n";
    request += "Content-Length: " + std::to_string(body->size()) + "\r\n";
  }
  request += "\r\n";
  if (body) request += *body;
  SendRaw(request);
  return ReceiveAnswer(method, target);
}

HttpAnswer HttpClient::Get(std::string_view target, const Headers& headers) {
  return Send("GET", target, std::nullopt, headers);
}

HttpAnswer HttpClient::Post(std::string_view target, const boost::json::object& body,
                            const Headers& headers) {
  return Send("POST", target, boost::json::serialize(body), headers);
}

bool HttpClient::WaitForClose() {
  if (!connection_) return true;
  char byte = 0;
  const error_code error = connection_->Wait(
      [&](auto handler) { connection_->stream.async_read_some(asio::buffer(&byte, 1), handler); });
  const bool closed = error && error != asio::error::timed_out;
  Close();
  return closed;
}

std::string HttpClient::ReceiveSome() {
  if (!connection_) return "";
  if (connection_->buffer.size() > 0) {
    std::string bytes = boost::beast::buffers_to_string(connection_->buffer.data());
    connection_->buffer.clear();
    return bytes;
  }
  std::string bytes(16 * 1024, '\0');
  std::size_t count = 0;
  const error_code error = connection_->Wait([&](auto handler) {
    connection_->stream.async_read_some(
        asio::buffer(bytes), [handler, &count](error_code result, std::size_t n) mutable {
          count = n;
          handler(result, n);
        });
  });
  if (error) Close();
  bytes.resize(error ? 0 : count);
  return bytes;
}

}  // namespace latchkey::testing
