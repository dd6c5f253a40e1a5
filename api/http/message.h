// One HTTP request and its answer as plain data: no socket, no parser, no thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/client_address.h"
#include "core/base/error.h"

namespace latchkey::api {

enum class Listener { kManagement, kGateways };
std::string_view ListenerName(Listener listener);

enum class Method { kGet, kHead, kPut, kPost, kPatch, kDelete, kOther };
std::string_view MethodName(Method method);

// A request as it was sent. Reused from one to the next, so that its strings keep their memory.
struct HttpRequest {
  Method method = Method::kOther;
  std::string target;
  std::string authorization;
  std::string content_type;
  std::string content_encoding;
  std::string idempotency_key;
  std::string if_match;  // several fields joined by commas
  std::string last_event_id;
  std::string host;
  std::string cookie;  // several fields joined by semicolons
  std::string origin;
  std::string sec_fetch_site;
  std::string csrf_token;  // X-CSRF-Token
  std::string user_agent;
  std::string accept;  // these three: several fields joined by commas
  std::string accept_encoding;
  std::string if_none_match;
  std::string forwarded_for;  // X-Forwarded-For, several fields joined by commas
  bool has_authorization = false;
  bool has_content_type = false;
  bool has_idempotency_key = false;
  bool has_if_match = false;
  bool has_host = false;
  bool has_origin = false;
  bool has_sec_fetch_site = false;
  bool has_csrf_token = false;
  bool http_1_1 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  bool has_body = false;
  std::string body;

  void Clear();  // wipes where secrets are sent: authorization and body
};

enum class Success : int {
  kOk = 200,
  kCreated = 201,
  kNoContent = 204,
  kSeeOther = 303,
  kNotModified = 304
};

inline constexpr std::string_view kNoStore = "no-store";

// What is answered. Reused likewise.
struct Response {
  int status = 200;
  std::string_view content_type;  // a literal
  std::string body;
  std::string_view fixed_body;  // instead of it: bytes that outlive the server, sent as they lie
  std::shared_ptr<const std::string> shared_body;  // keeps fixed_body, which may not outlive it
  std::string location;
  std::string etag;
  std::string allow;
  std::vector<std::string> set_cookies;
  std::string_view www_authenticate;      // a literal
  std::optional<std::uint64_t> position;  // sequence, of this ledger's epoch
  int retry_after_seconds = 0;
  std::string_view cache_control;  // a literal; with kNoStore the body is wiped once sent. Empty:
                                   // as the path says (response_writer.cc)
  std::string_view content_encoding;  // a literal
  bool page = false;                  // of the console: runs in a browser
  std::optional<ErrorCode> refusal;   // for metrics and the log line

  void Clear();
  // Before a secret is written: the answer is not to be stored, and its body does not move on the
  // way, as far as it stays under limits::kSecretAnswerBytes.
  void ExpectSecret();
  std::string_view content() const { return fixed_body.empty() ? body : fixed_body; }
  // Begins an answer; the body is written by the caller into `body`, or is `fixed_body`.
  void Begin(Success success, std::string_view type = "application/json");
  // Answers these bytes, which other answers share.
  void Share(std::shared_ptr<const std::string> bytes);
};

// The client certificate of the connection, as TLS left it.
struct PeerCertificate {
  std::string sha256;    // of its DER; empty: none was shown
  bool trusted = false;  // signed by our CA (dates aside), and its possession proven
};

// What is known of a connection before it sends anything.
struct Connection {
  Listener listener = Listener::kManagement;
  ClientAddress address;       // of its other end
  bool through_proxy = false;  // a trusted proxy: it may name another client for each request
  PeerCertificate peer;
};

}  // namespace latchkey::api
