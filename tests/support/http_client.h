// A small blocking HTTP/1.1 client over TLS for tests: keep-alive, client certificates, raw bytes.
// It checks every answer against api/openapi.yaml and fails the running test when they differ.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "tests/support/openapi.h"

namespace latchkey::testing {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  int status = 0;
  Headers headers;
  std::string body;
  bool close = false;  // the server ends the connection after this answer

  // Null when absent; the first when there are several.
  std::optional<std::string> Header(std::string_view name) const;
  // The body as an object; fails the test and returns an empty one when it is not an object.
  boost::json::object Json() const;
  // Member `code` of a problem; "" when there is none.
  std::string Code() const;
};

struct HttpClientOptions {
  Listener listener = Listener::kManagement;
  std::uint16_t port = 0;  // of 127.0.0.1
  std::string ca_pem{};    // what must have signed the server's certificate; empty: not looked at
  std::string certificate_pem{};  // with key_pem: shown to the server
  std::string key_pem{};
  std::string token{};                        // sent as Authorization: Bearer
  std::chrono::milliseconds timeout{20'000};  // of each wait
  bool check = true;                          // hold answers against the contract
};

// One connection, opened when first needed and again after the server has closed it. One thread.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // A request with a body if there is one (Content-Type: application/json unless `headers` has it)
  // and its answer. Fails the test and gives status 0 when no answer comes.
  HttpAnswer Send(std::string_view method, std::string_view target,
                  std::optional<std::string> body = std::nullopt, const Headers& headers = {});
  HttpAnswer Get(std::string_view target, const Headers& headers = {});
  HttpAnswer Post(std::string_view target, const boost::json::object& body,
                  const Headers& headers = {});

  // Bytes as they are. The answer that comes back is held against the contract as one to `method`
  // and `target` (both empty: to a request that could not be read).
  void SendRaw(std::string_view bytes);
  HttpAnswer ReceiveAnswer(std::string_view method, std::string_view target);

  // The status and headers of an answer whose body does not end: a stream. Its bytes are
  // ReceiveSome's.
  HttpAnswer ReceiveHead(std::string_view method, std::string_view target);

  // Opens the connection if it is not; false when TLS or TCP says no.
  bool Connect();
  void Close();
  bool connected() const;
  // Waits for the server to end the connection; false when it does not within the timeout, or when
  // bytes come instead.
  bool WaitForClose();
  // The next bytes of a stream, whatever they are; "" at the end or after the timeout.
  std::string ReceiveSome();

  HttpClientOptions& options() { return options_; }

 private:
  struct Connection;
  HttpAnswer Receive(std::string_view method, std::string_view target, bool whole);

  HttpClientOptions options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace latchkey::testing
