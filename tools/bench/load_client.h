// A load generator that costs as little as possible: many TLS connections driven by one thread with
// epoll and OpenSSL, requests prepared in advance, of answers only status and Content-Length are
// parsed. Each connection has at most one request in flight (no pipelining). Connections are kept
// alive, or opened for each request.
//
// One thread at a time. Blocks. For benchmarks and for tests that need many clients at once.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace latchkey::tools {

// Latencies in buckets of about 3%, from 1 µs to over an hour.
class LatencyHistogram {
 public:
  void Add(std::chrono::nanoseconds latency);
  // The latency within which `share` (0 to 1) of all answers arrived; zero when there were none.
  std::chrono::microseconds Percentile(double share) const;

 private:
  static constexpr unsigned kStepsPerDoubling = 32;
  std::array<std::uint64_t, 32 * kStepsPerDoubling> counts_{};
  std::uint64_t total_ = 0;
};

struct LoadIdentity {  // a client certificate
  std::string certificate_pem;
  std::string key_pem;
};

struct LoadOptions {
  std::string address;  // ADDR:PORT or [ADDR]:PORT, numeric
  unsigned connections = 1;
  std::string ca_pem{};  // the trusted CA; empty: any (only for a server started by the caller)
  std::vector<LoadIdentity>
      identities{};  // connection i uses the i-th modulo the size; may be empty
  // Every request has a connection of its own: opened for it, with a full handshake, and closed
  // after its answer. Its latency begins before the connection.
  bool connect_each = false;
  // With connect_each: whose certificate the connection about to be opened uses; null: none.
  std::function<const LoadIdentity*(unsigned connection)> identity{};
  // With connect_each: one that is lost asks for its next request this much later; 0: never. At
  // most `at_once` handshakes are under way then.
  std::chrono::milliseconds retry{};
  unsigned at_once = 500;
  // Numeric addresses of this machine: connection i comes from the i-th modulo the size; may be
  // empty.
  std::vector<std::string> sources{};
};

// An answer of 200 without a length is a stream: it is complete with its head. One in
// chunks (of JSON without line breaks) is waited for, and `body` has the chunks as they came.
struct LoadAnswer {
  int status = 0;  // 0: the connection ended before the whole answer had arrived
  std::string_view head;
  std::string_view body;
};

// The value of a header field of `head`, trimmed; "" when it is missing.
std::string_view HeaderValue(std::string_view head, std::string_view name);

// A complete HTTP/1.1 request as bytes. `headers` are complete lines, each with its CR LF;
// Content-Length is added. `body` empty: none is sent.
std::string ComposeRequest(std::string_view method, std::string_view target,
                           std::string_view headers, std::string_view body);

struct LoadReport {
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;          // sent, without a complete answer
  std::uint64_t by_class[6] = {};  // [2]: 2xx and so on
  std::chrono::duration<double> elapsed{};
  std::chrono::duration<double> cpu{};  // of the calling thread
  LatencyHistogram latency;

  double PerSecond() const { return elapsed.count() > 0 ? answered / elapsed.count() : 0; }
};

class LoadClient {
 public:
  // The request that `connection` sends now; empty: it idles for the rest of the run. The bytes
  // must not move until the answer has arrived.
  using Next = std::function<std::string_view(unsigned connection)>;
  // The views live only during the call.
  using Done = std::function<void(unsigned connection, const LoadAnswer& answer)>;

  // Opens all connections and finishes their handshakes, unless each request opens its own. kIo
  // when one cannot be opened within 10 s.
  static Result<std::unique_ptr<LoadClient>> Connect(const LoadOptions& options);
  ~LoadClient();

  // Calls `next` for every connection, and again after each answer, until all idle or `limit` has
  // passed; then waits for requests in flight, at most `patience`. A connection that ends
  // meanwhile is closed: its request counts as lost (Done is told), and it takes no further part
  // unless it is to try again.
  LoadReport Run(const Next& next, const Done& done, std::chrono::milliseconds limit,
                 std::chrono::milliseconds patience = std::chrono::seconds(15));

  unsigned open_connections() const;

  // Has a run that is under way lose all its connections, as a failing network does. Thread-safe.
  void Cut();

 private:
  struct Impl;
  explicit LoadClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::tools
