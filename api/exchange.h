// One request and its answer, as handlers see them: plain data, no socket, no parser, no thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/value.hpp>

#include "api/caller.h"
#include "api/client_address.h"
#include "api/parts.h"
#include "api/stream.h"
#include "api/target.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/crypto/wiping_memory.h"
#include "core/domain/commands.h"
#include "core/domain/state.h"
#include "core/sequencer/sequencer.h"

namespace latchkey::api {

class Metrics;
class Throttle;
struct Route;

enum class Listener { kManagement, kGateways };
std::string_view ListenerName(Listener listener);

enum class Method { kGet, kHead, kPut, kPost, kPatch, kDelete, kOther };
std::string_view MethodName(Method method);

// What was sent. Reused from request to request, so that its strings keep their memory.
struct HttpRequest {
  Method method = Method::kOther;
  std::string target;
  std::string authorization;
  std::string content_type;
  std::string idempotency_key;
  std::string if_match;  // several fields joined by commas
  std::string last_event_id;
  std::string host;
  std::string cookie;  // several fields joined by semicolons
  std::string origin;
  std::string sec_fetch_site;
  std::string csrf_token;  // X-CSRF-Token
  std::string accept;      // these three: several fields joined by commas
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
  // Begins an answer; the body is written by the caller into `body`.
  void Begin(Success success, std::string_view type = "application/json");
};

// The client certificate of the connection, as TLS left it.
struct PeerCertificate {
  std::string sha256;    // of its DER; empty: none was shown
  bool trusted = false;  // signed by our CA (dates aside), and its possession proven
};

struct Exchange {
  Exchange(const Parts& all_parts, Metrics& all_metrics, const Throttle& all_limits)
      : parts(all_parts), metrics(all_metrics), throttle(all_limits) {}

  const Parts& parts;
  Metrics& metrics;
  const Throttle& throttle;
  Listener listener = Listener::kManagement;
  ClientAddress connection;    // whose the connection is
  bool through_proxy = false;  // a trusted one: it may name another client for each request
  PeerCertificate peer;

  HttpRequest request;
  Response response;
  ClientAddress client;    // whose the request is
  std::string request_id;  // 16 bytes
  Time received;           // wall clock
  Time ledger_time;        // by which expiry is judged (Sequencer::LedgerTime)
  Micros started{0};       // steady clock

  Target target;                           // once parsed
  const Route* route = nullptr;            // once found
  std::array<std::string_view, 2> params;  // path parameters, in order
  // The object that was sent; null when there was none. Keys stand in it.
  boost::json::value body = boost::json::value(crypto::WipingMemory());
  Caller caller;
  std::uint64_t gateway = 0;                // the one concerned, for the log line
  bool provider_asked = false;              // for its keys, on behalf of this request
  bool note_refused = false;                // the ledger cannot note now that its sender signed in
  std::optional<std::uint64_t> proven_key;  // its number and generation, once its secret was right
  bool sign_in_refused = false;             // a credential was presented, and was not good
  std::optional<Error> trouble;  // of the machine: for the log line, never for the answer

  // Ready for the next request of the same connection.
  void Clear();
  const domain::StateReader& state() const { return parts.projections.state(); }
  domain::Actor Actor() const;
};

// What is to happen after a handler.
struct Answered {};  // the response is complete
struct Command {     // submit it; with success call `then`, which completes the response
  domain::Request request;
  std::function<Status(Exchange&, const Outcome&)> then;
};
struct AwaitHead {  // wait until `sequence` is in the projections, then dispatch again
  std::uint64_t sequence;
};
struct Later;
using Next = std::variant<Answered, Command, AwaitHead, std::unique_ptr<Later>,
                          std::unique_ptr<EventStream>>;
struct Later {  // wait for work that someone else does
  // Begins it, and sees to it that `resume` is called once, from any thread. An error: never.
  std::function<Status(Exchange&, const std::function<void()>& resume)> start;
  // Goes on, on the session's own thread: with the error of `start`, or once resumed.
  std::function<Result<Next>(const Status&, Exchange&)> then;
};

using Handler = Result<Next> (*)(Exchange&);

// The answer to a request for `command`, with who asks and what recognises a repeat; its failure is
// that of a header (If-Match, Idempotency-Key).
Result<Next> Submit(Exchange& x, domain::Command command,
                    std::function<Status(Exchange&, const Outcome&)> then);

}  // namespace latchkey::api
