#include "api/http/message.h"

#include "api/http/limits.h"
#include "core/crypto/secret.h"
#include "core/crypto/wiping.h"

namespace latchkey::api {

std::string_view ListenerName(Listener listener) {
  return listener == Listener::kManagement ? "management" : "gateways";
}

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPut:
      return "PUT";
    case Method::kPost:
      return "POST";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOther:
      return "other";
  }
  return "";
}

void HttpRequest::Clear() {
  method = Method::kOther;
  target.clear();
  crypto::Wipe(&authorization);
  content_type.clear();
  content_encoding.clear();
  idempotency_key.clear();
  if_match.clear();
  last_event_id.clear();
  host.clear();
  crypto::Wipe(&cookie);
  origin.clear();
  sec_fetch_site.clear();
  csrf_token.clear();
  user_agent.clear();
  accept.clear();
  accept_encoding.clear();
  if_none_match.clear();
  forwarded_for.clear();
  has_authorization = has_content_type = has_idempotency_key = has_if_match = has_host = false;
  has_origin = has_sec_fetch_site = has_csrf_token = false;
  http_1_1 = keep_alive = true;
  expects_continue = has_body = false;
  if (!body.empty()) crypto::Wipe(&body);
}

void Response::Clear() {
  status = 200;
  content_type = {};
  if (cache_control == kNoStore) crypto::Wipe(&body);
  body.clear();
  fixed_body = {};
  shared_body.reset();
  location.clear();
  etag.clear();
  allow.clear();
  for (std::string& cookie : set_cookies) crypto::Wipe(&cookie);
  set_cookies.clear();
  www_authenticate = {};
  position.reset();
  retry_after_seconds = 0;
  cache_control = {};
  content_encoding = {};
  page = false;
  refusal.reset();
}

void Response::ExpectSecret() {
  cache_control = kNoStore;
  crypto::MakeRoom(&body, limits::kSecretAnswerBytes);
}

void Response::Share(std::shared_ptr<const std::string> bytes) {
  shared_body = std::move(bytes);
  fixed_body = *shared_body;
}

void Response::Begin(Success success, std::string_view type) {
  status = static_cast<int>(success);
  content_type = type;
}

}  // namespace latchkey::api
