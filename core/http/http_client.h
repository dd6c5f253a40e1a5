// An HTTPS client for one server, over libcurl. Only HTTPS, but for this machine itself where that
// is allowed; no redirects, and nothing is sent before the server is verified.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/http/address_rule.h"
#include "core/http/tls_trust.h"

namespace latchkey {

struct ClientRequest {
  std::string method;  // "GET"
  std::string target;  // path and query
  std::optional<std::string> body{};
  std::vector<std::string> headers{};  // "Name: value"
  std::string body_type = "application/json";

  void Wipe();  // body and headers, once they were sent
};

struct ClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// Whether a server that answers so has too much to do now, or limits who asks, and would answer
// later.
bool AsksToWait(int status);

// Of the Retry-After header, in seconds; nothing for a date, which HTTP allows too.
std::optional<std::chrono::seconds> RetryAfter(const ClientResponse& response);

// There was no answer.
struct TransportError {
  enum class Kind {
    kUnreachable,  // refused, timed out, cut off: may work later
    kUntrusted,    // the server is not the expected one
    kNotHttp,      // an answer that is not HTTP, or longer than allowed
    kUsage,        // the URL or a given file is not valid
  };
  Kind kind;
  std::string message;
};

// Whether it is https://HOST… or, to a loopback address, http://HOST….
bool IsClientUrl(const std::string& url);

class HttpClient {
 public:
  struct Options {
    std::string url;  // https://HOST[:PORT], and the path before all targets if there is one
    Trust trust{};
    std::filesystem::path certificate{};  // of a client; both or none
    std::filesystem::path key{};
    std::chrono::seconds timeout{60};  // of one exchange; not of a stream
    std::size_t max_answer_bytes = 16u << 20;
    bool discard_body = false;  // of answers: what is beyond max_answer_bytes is not waited for
    // Asked about each address before it is connected to; outlives the client. Null: all are good.
    const AddressRule* rule = nullptr;
    // Never through a proxy that the environment names, which is for servers elsewhere. Loopback
    // addresses never are.
    bool direct = false;
    bool plain_to_loopback = false;  // the URL may be http:// to a loopback address
    // Called about once a second during an exchange: true cancels it. Empty: never.
    std::function<bool()> cancelled{};
  };
  // One thread. Connections are kept and reused. The process ignores SIGPIPE, as main does.
  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  Expected<ClientResponse, TransportError> Send(const ClientRequest& request);

  // Passes a body without end to `data`, piece by piece, until `data` returns false or the server
  // ends it; an answer other than 200 with this media type is returned whole instead. A silent
  // server counts as gone.
  Expected<ClientResponse, TransportError> Stream(
      const ClientRequest& request, std::string_view media_type,
      const std::function<bool(std::string_view)>& data);

  const std::string& url() const;
  // Whether the last server showed a certificate of this SHA-256 in its chain.
  bool Presented(const std::string& sha256) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey
