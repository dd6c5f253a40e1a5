#include "api/response_writer.h"

#include <charconv>
#include <ctime>

#include "api/security_headers.h"
#include "core/base/position.h"
#include "events/text.h"

namespace latchkey::api {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "";  // RFC 9112 §4: it may be empty
  }
}

void AppendNumber(std::uint64_t number, std::string* out) {
  char digits[24];
  out->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  if (value.empty()) return;
  out->append(name).append(": ").append(value).append("\r\n");
}

// All that is answered under /v1/ is for whoever proved to be someone, and a refusal is for its own
// request: neither is kept by caches on the way. The rest is the same for everyone.
std::string_view CacheControl(const Exchange& x) {
  if (!x.response.cache_control.empty()) return x.response.cache_control;
  return x.response.refusal || x.target.segment(0) == "v1" ? kNoStore : std::string_view();
}

void AppendPosition(const Exchange& x, std::string* out) {
  if (!x.response.position) return;
  out->append("Latchkey-Position: ");
  out->append(Format({x.parts.epoch, *x.response.position})).append("\r\n");
}

}  // namespace

void AppendResponse(const Exchange& x, bool close, Framing framing, std::string_view date,
                    std::string* out) {
  const Response& response = x.response;
  const bool has_body = response.status != static_cast<int>(Success::kNoContent) &&
                        response.status != static_cast<int>(Success::kNotModified);
  out->append("HTTP/1.1 ");
  AppendNumber(static_cast<std::uint64_t>(response.status), out);
  out->append(" ").append(Reason(response.status)).append("\r\n");
  AppendField("Date", date, out);
  if (has_body) AppendField("Content-Type", response.content_type, out);
  if (has_body) AppendField("Content-Encoding", response.content_encoding, out);
  if (response.page) AppendField("Vary", "Accept-Encoding", out);
  if (has_body && framing == Framing::kLength) {
    out->append("Content-Length: ");
    AppendNumber(response.body.size(), out);
    out->append("\r\n");
  }
  AppendField("X-Request-Id", text::ToHex(x.request_id), out);
  AppendPosition(x, out);
  AppendField("ETag", response.etag, out);
  AppendField("Location", response.location, out);
  AppendField("Allow", response.allow, out);
  AppendField("WWW-Authenticate", response.www_authenticate, out);
  for (const std::string& cookie : response.set_cookies) AppendField("Set-Cookie", cookie, out);
  AppendField("Cache-Control", CacheControl(x), out);
  AppendSecurityFields(x, out);
  if (response.retry_after_seconds != 0) {
    AppendField("Retry-After", std::to_string(response.retry_after_seconds), out);
  }
  if (close) {
    AppendField("Connection", "close", out);
  } else if (!x.request.http_1_1) {
    AppendField("Connection", "keep-alive", out);
  }
  out->append("\r\n");
  if (has_body && x.request.method != Method::kHead && framing == Framing::kLength) {
    out->append(response.body);
  }
}

std::string HttpDate(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace latchkey::api
