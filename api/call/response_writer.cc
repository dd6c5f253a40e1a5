#include "api/call/response_writer.h"

#include <charconv>
#include <ctime>

#include <boost/beast/http/status.hpp>

#include "api/call/security_headers.h"
#include "api/http/limits.h"
#include "core/base/hex.h"
#include "core/base/position.h"

namespace latchkey::api {
namespace {

void AppendNumber(std::uint64_t number, std::string* out) {
  char digits[24];
  out->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  if (value.empty()) return;
  out->append(name).append(": ").append(value).append("\r\n");
}

// All that is answered under /v1/ or to a write is for whoever proved to be someone, and a refusal
// is for its own request: neither is kept by caches on the way. The rest is the same for everyone.
std::string_view CacheControl(const Call& call) {
  if (!call.response.cache_control.empty()) return call.response.cache_control;
  const bool writes = call.request.route != nullptr && call.request.route->writes();
  const bool own = call.response.refusal || writes || call.request.uri.segment(0) == "v1";
  return own ? kNoStore : std::string_view();
}

void AppendPosition(const Response& response, std::string_view epoch, std::string* out) {
  if (!response.position) return;
  out->append("Latchkey-Position: ");
  out->append(Format({std::string(epoch), *response.position})).append("\r\n");
}

}  // namespace

std::string_view AppendResponse(const Call& call, bool close, Framing framing,
                                std::string_view date, std::string_view epoch, std::string* out) {
  const Response& response = call.response;
  const bool has_body = response.status != static_cast<int>(Success::kNoContent) &&
                        response.status != static_cast<int>(Success::kNotModified);
  out->append("HTTP/1.1 ");
  AppendNumber(static_cast<std::uint64_t>(response.status), out);
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  out->append(" ").append(reason.data(), reason.size()).append("\r\n");
  AppendField("Date", date, out);
  if (has_body) AppendField("Content-Type", response.content_type, out);
  if (has_body) AppendField("Content-Encoding", response.content_encoding, out);
  if (response.page) AppendField("Vary", "Accept-Encoding", out);
  if (has_body && framing == Framing::kLength) {
    out->append("Content-Length: ");
    AppendNumber(response.content().size(), out);
    out->append("\r\n");
  }
  AppendField("X-Request-Id", text::ToHex(call.request.id), out);
  AppendPosition(response, epoch, out);
  AppendField("ETag", response.etag, out);
  AppendField("Location", response.location, out);
  AppendField("Allow", response.allow, out);
  AppendField("WWW-Authenticate", response.www_authenticate, out);
  for (const std::string& cookie : response.set_cookies) AppendField("Set-Cookie", cookie, out);
  AppendField("Cache-Control", CacheControl(call), out);
  AppendSecurityFields(call, out);
  if (response.retry_after_seconds != 0) {
    AppendField("Retry-After", std::to_string(response.retry_after_seconds), out);
  }
  if (close) {
    AppendField("Connection", "close", out);
  } else if (!call.request.http_1_1) {
    AppendField("Connection", "keep-alive", out);
  }
  out->append("\r\n");
  if (!has_body || call.request.method == Method::kHead || framing != Framing::kLength) return {};
  if (response.content().size() > limits::kCopiedBodyBytes) return response.content();
  out->append(response.content());
  return {};
}

std::string HttpDate(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace latchkey::api
