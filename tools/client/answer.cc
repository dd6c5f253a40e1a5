#include "tools/client/answer.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "tools/client/json.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kProblemType = "application/problem+json";

// The media type without its parameters, in lower case.
std::string MediaType(const ClientResponse& response) {
  const auto header = response.headers.find("content-type");
  if (header == response.headers.end()) return {};
  std::string type = header->second.substr(0, header->second.find_first_of("; \t"));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

bool IsOf(const boost::json::value& value, Member::Kind kind) {
  switch (kind) {
    case Member::Kind::kText:
      return value.is_string() && !value.get_string().empty();
    case Member::Kind::kTextOrNull:
      return value.is_string() || value.is_null();
    case Member::Kind::kNumber:
      return value.is_int64() || value.is_uint64();
    case Member::Kind::kFlag:
      return value.is_bool();
    case Member::Kind::kTextsOrNull:
      if (value.is_null()) return true;
      return value.is_array() &&
             std::all_of(value.get_array().begin(), value.get_array().end(),
                         [](const boost::json::value& item) { return item.is_string(); });
  }
  return false;
}

bool HasShape(const boost::json::value& body, const Operation& operation) {
  if (operation.list.empty()) return HasMembers(body, operation.members);
  const auto* page = body.if_object();
  const auto* items = At(body, "/" + std::string(operation.list)).if_array();
  // The last page says that it is: a list without `next` may have been cut.
  return page != nullptr && page->contains("next") && items != nullptr &&
         std::all_of(items->begin(), items->end(), [&](const boost::json::value& item) {
           return HasMembers(item, operation.members);
         });
}

ExitCode ExitFor(int status) {
  if (AsksToWait(status)) return ExitCode::kTryAgain;
  return status >= 400 && status < 500 ? ExitCode::kRefused : ExitCode::kFailed;
}

// "accounts.0" of the JSON pointer "/accounts/0": the field as people name it.
std::string FieldOf(std::string pointer) {
  if (pointer.starts_with('/')) pointer.erase(0, 1);
  std::replace(pointer.begin(), pointer.end(), '/', '.');
  return pointer;
}

Failure FromProblem(const boost::json::value& problem, int status) {
  Failure failure{ExitFor(status), TextAt(problem, "/detail"), TextAt(problem, "/code")};
  if (failure.message.empty()) failure.message = TextAt(problem, "/title");
  // They say more than the detail, which is about the request as a whole.
  const auto* errors = At(problem, "/errors").if_array();
  if (errors == nullptr || errors->empty()) return failure;
  failure.message.clear();
  for (const boost::json::value& error : *errors) {
    failure.message += fmt::format("{}{}: {}", failure.message.empty() ? "" : "\n",
                                   FieldOf(TextAt(error, "/pointer")), TextAt(error, "/detail"));
  }
  return failure;
}

Failure ReadRefusal(const ClientResponse& response, const std::string& url) {
  static constexpr Member kProblem[] = {{"/title"}, {"/code"}};
  const boost::json::value problem = ParseJson(response.body);
  if (MediaType(response) == kProblemType && HasMembers(problem, kProblem)) {
    return FromProblem(problem, response.status);
  }
  if (AsksToWait(response.status)) {
    return Fail(ExitCode::kTryAgain,
                fmt::format("{} answers with HTTP status {}, and not in the words of Latchkey: a "
                            "proxy in front of it may have no server to ask.",
                            url, response.status));
  }
  return NotLatchkey(url, fmt::format("it answers with HTTP status {} and {}", response.status,
                                      response.body.empty() ? "no reason" : "a page of its own"));
}

}  // namespace

bool HasMembers(const boost::json::value& value, std::span<const Member> members) {
  return value.is_object() &&
         std::all_of(members.begin(), members.end(), [&](const Member& member) {
           boost::system::error_code missing;
           const auto* found = value.find_pointer(member.pointer, missing);
           return found != nullptr && IsOf(*found, member.kind);
         });
}

CliResult<Answer> ReadAnswer(const Operation& operation, const ClientResponse& response,
                             const std::string& url) {
  if (response.status >= 400) return ReadRefusal(response, url);
  const std::string asked = fmt::format("{} {}", operation.method, operation.path);
  if (response.status != operation.status &&
      (operation.repeated_status == 0 || response.status != operation.repeated_status)) {
    return NotLatchkey(url,
                       fmt::format("it answers {} with HTTP status {}", asked, response.status));
  }
  if (MediaType(response) != operation.type) {
    return NotLatchkey(url,
                       fmt::format("it answers {} with {}", asked,
                                   MediaType(response).empty() ? "nothing" : MediaType(response)));
  }
  const auto etag = response.headers.find("etag");
  Answer answer{response.status, ParseJson(response.body),
                etag == response.headers.end() ? std::string() : etag->second};
  if (operation.type == kJsonType && !HasShape(answer.body, operation)) {
    return NotLatchkey(url, fmt::format("its answer to {} lacks what belongs in it", asked));
  }
  return answer;
}

Failure NotLatchkey(const std::string& url, const std::string& why) {
  return Fail(ExitCode::kFailed,
              fmt::format("{} is not a Latchkey server: {}. Check its host and port.", url, why));
}

Failure FromTransport(const TransportError& error) {
  switch (error.kind) {
    case TransportError::Kind::kUnreachable:
      return {ExitCode::kTryAgain, error.message};
    case TransportError::Kind::kUntrusted:
      return {ExitCode::kFailed,
              error.message +
                  " If this is the right server, give its CA certificate with --ca FILE. It is "
                  "run/ca.crt in the server's data directory."};
    case TransportError::Kind::kNotHttp:
      return {ExitCode::kFailed, error.message};
    case TransportError::Kind::kUsage:
      return {ExitCode::kUsage, error.message};
  }
  return {ExitCode::kFailed, error.message};
}

}  // namespace latchkey::tools
