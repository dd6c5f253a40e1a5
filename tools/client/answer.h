// What counts as an answer of a Latchkey server. A command believes an answer only when it has the
// status, the media type and the members that the contract gives its operation; anything else comes
// from some other server, and must not be reported as success.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/http/http_client.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kStreamType = "text/event-stream";

struct Member {
  enum class Kind { kText, kTextOrNull, kNumber, kFlag, kTextsOrNull };
  std::string_view pointer;  // such as "/registration_key/expires_at"
  Kind kind = Kind::kText;
};

// An operation of api/openapi.yaml, with as much of its answer as a command needs. All of them are
// in tools/client/operations.h.
struct Operation {
  std::string_view method;
  std::string_view path;  // with its {parameters}
  int status;
  int repeated_status = 0;  // of a repeat that changed nothing; 0: the same
  std::span<const Member> members{};
  std::string_view list{};  // the member whose items have `members`; empty: the answer has them
  std::string_view type = kJsonType;  // empty for an answer without a body
};

struct Answer {
  int status = 0;
  boost::json::value body;  // null when the answer has none
  std::string etag{};       // of the gateway, for If-Match
};

// Reads what the server at `url` answered. A refusal becomes a Failure with the server's message
// and code: kTryAgain for 503 and 429, kRefused for other 4xx, kFailed otherwise. Anything that is
// neither the operation's answer nor a refusal of Latchkey's is kFailed.
CliResult<Answer> ReadAnswer(const Operation& operation, const ClientResponse& response,
                             const std::string& url);

// Whether `value` has all the members, each of its kind.
bool HasMembers(const boost::json::value& value, std::span<const Member> members);

Failure NotLatchkey(const std::string& url, const std::string& why);
Failure FromTransport(const TransportError& error);

}  // namespace latchkey::tools
