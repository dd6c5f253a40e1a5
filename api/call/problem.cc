#include "api/call/problem.h"

#include <string>
#include <vector>

#include "api/call/json_writer.h"
#include "core/base/hex.h"

namespace latchkey::api {
namespace {

constexpr std::string_view kProblemType = "application/problem+json";
constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr std::string_view kTypePrefix = "urn:latchkey:problem:";

struct Shape {
  int status;
  std::string_view title;
  int retry_after_seconds = 0;
};

Shape ShapeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRequestMalformed:
      return {400, "The request is malformed"};
    case ErrorCode::kKeyMalformed:
      return {400, "Not a registration key"};
    case ErrorCode::kKeyMistyped:
      return {400, "The registration key was mistyped"};
    case ErrorCode::kUnauthenticated:
      return {401, "Authentication required"};
    case ErrorCode::kCertificateExpired:
      return {401, "The certificate has expired"};
    case ErrorCode::kForbidden:
      return {403, "Your role does not allow this"};
    case ErrorCode::kCsrfRejected:
      return {403, "The request may come from another site"};
    case ErrorCode::kRegistrationAbandoned:
      return {403, "The registration was abandoned"};
    case ErrorCode::kCertificateRevoked:
      return {403, "The certificate was revoked"};
    case ErrorCode::kCertificateUnknownSinceRestore:
      return {403, "The certificate is unknown since the ledger was restored"};
    case ErrorCode::kRegistrationNotAccepted:
      return {403, "The registration is not accepted since the ledger was restored"};
    case ErrorCode::kNotFound:
      return {404, "Not found"};
    case ErrorCode::kKeyUnknown:
      return {404, "Unknown registration key"};
    case ErrorCode::kNoActiveKey:
      return {404, "No active key"};
    case ErrorCode::kMethodNotAllowed:
      return {405, "Method not allowed"};
    case ErrorCode::kKeyAlreadyRedeemed:
      return {409, "The key has already been redeemed"};
    case ErrorCode::kAlreadyRegistered:
      return {409, "The gateway is already registered"};
    case ErrorCode::kRegistrationNotConfirmed:
      return {409, "The registration is not confirmed"};
    case ErrorCode::kNameTaken:
      return {409, "The name is taken"};
    case ErrorCode::kTooManySecondaries:
      return {409, "The primary has reached its limit of secondaries"};
    case ErrorCode::kTooManyMessages:
      return {409, "The gateway has too many open messages"};
    case ErrorCode::kMessageEnded:
      return {409, "The message has ended"};
    case ErrorCode::kHasSecondaries:
      return {409, "The gateway has secondaries"};
    case ErrorCode::kRequestInProgress:
      return {409, "The same request is still running"};
    case ErrorCode::kPositionUnknown:
      return {409, "Unknown position"};
    case ErrorCode::kGenerationLimit:
      return {409, "The gateway has used all its keys"};
    case ErrorCode::kLastOwner:
      return {409, "This is the last owner token"};
    case ErrorCode::kTooManyTokens:
      return {409, "Token limit reached"};
    case ErrorCode::kTooManyWebhooks:
      return {409, "Webhook limit reached"};
    case ErrorCode::kKeySuperseded:
      return {410, "A newer key was generated"};
    case ErrorCode::kKeyExpired:
      return {410, "The key has expired"};
    case ErrorCode::kKeyRevoked:
      return {410, "The key was revoked"};
    case ErrorCode::kGatewayRemoved:
      return {410, "The gateway was removed"};
    case ErrorCode::kTokenRevoked:
      return {410, "The token was revoked"};
    case ErrorCode::kRegistrationEnded:
      return {410, "The registration has ended"};
    case ErrorCode::kVersionConflict:
      return {412, "The gateway has changed"};
    case ErrorCode::kTooLarge:
      return {413, "The body is too large"};
    case ErrorCode::kUnsupportedMediaType:
      return {415, "The media type is not supported"};
    case ErrorCode::kCsrInvalid:
      return {422, "The signing request cannot be used"};
    case ErrorCode::kValidationFailed:
      return {422, "The request is not valid"};
    case ErrorCode::kIdempotencyKeyReused:
      return {422, "The Idempotency-Key was used for another request"};
    case ErrorCode::kHeadersTooLarge:
      return {431, "The headers are too large"};
    case ErrorCode::kRateLimited:
      return {429, "Too many attempts"};
    case ErrorCode::kOverloaded:
      return {503, "The server is overloaded", 1};
    case ErrorCode::kReadOnly:
      return {503, "The server is read-only", 10};
    case ErrorCode::kBehind:
      return {503, "The server has not reached this position yet", 1};
    case ErrorCode::kProviderUnreachable:
      return {503, "The OpenID provider cannot be reached", 10};
    case ErrorCode::kOutcomeUnknown:
      return {503, "The outcome is unknown", 5};
    case ErrorCode::kInUse:
    case ErrorCode::kUnusable:
    case ErrorCode::kIo:
      return {503, "Server error", 10};
  }
  return {};
}

// EST's statuses (RFC 7030 §4.2.3): a key that is not known is a wrong password.
int EstStatusOf(ErrorCode code, int status) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kKeyUnknown:
    case ErrorCode::kKeyMalformed:
    case ErrorCode::kKeyMistyped:
      return 401;
    case ErrorCode::kRequestMalformed:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMediaType:
    case ErrorCode::kRateLimited:
      return status;
    default:
      return status < 500 ? 403 : status;
  }
}

bool IsEst(const Call& call) {
  return call.request.route != nullptr && call.request.route->body == BodyRule::kPkcs10;
}

// The scheme by which the caller of this route proves to be known.
std::string_view Challenge(const Call& call) {
  if (call.connection.listener == Listener::kManagement) return R"(Bearer realm="latchkey")";
  if (IsEst(call) && call.request.route->who == Who::kAnyone) return R"(Basic realm="latchkey")";
  return R"(ClientCertificate realm="latchkey")";
}

std::string_view DetailOf(const Error& error) {
  if (!IsOfTheMachine(error.code)) return error.detail;
  return "Something is wrong with the server's data or machine. Try again later; if it stays so, "
         "tell who runs it: its log says what is wrong under this request id.";
}

// Where something is wrong, which every 422 says: a refusal of one thing as a whole need not name
// it.
std::vector<FieldError> FieldsOf(const Error& error) {
  if (error.code == ErrorCode::kCsrInvalid) return {{"/csr", error.detail}};
  if (error.code == ErrorCode::kIdempotencyKeyReused) return {{"Idempotency-Key", error.detail}};
  return error.fields;
}

}  // namespace

int StatusOf(ErrorCode code) { return ShapeOf(code).status; }

bool IsOfTheMachine(ErrorCode code) {
  return code == ErrorCode::kInUse || code == ErrorCode::kUnusable || code == ErrorCode::kIo;
}

void RenderProblem(const Error& error, Call* call) {
  const Shape shape = ShapeOf(error.code);
  if (IsOfTheMachine(error.code)) call->notes.trouble = error;
  Response& response = call->response;
  response.status = IsEst(*call) ? EstStatusOf(error.code, shape.status) : shape.status;
  response.content_type = IsEst(*call) ? kPlainText : kProblemType;
  if (shape.retry_after_seconds != 0) response.retry_after_seconds = shape.retry_after_seconds;
  response.refusal = IsOfTheMachine(error.code) ? ErrorCode::kOverloaded : error.code;
  response.etag.clear();
  response.location.clear();
  if (shape.status != 405) response.allow.clear();
  response.cache_control = {};
  response.content_encoding = {};
  response.page = false;
  response.fixed_body = {};
  response.set_cookies.clear();
  if (response.status == 401) response.www_authenticate = Challenge(*call);

  response.body.clear();
  if (IsEst(*call)) {
    response.body.append(DetailOf(error)).append("\r\n");
    return;
  }
  const std::string_view code = CodeName(*response.refusal);
  JsonWriter json(&response.body);
  json.BeginObject();
  json.Member("type", std::string(kTypePrefix).append(code));
  json.Member("title", shape.title);
  json.Number("status", static_cast<std::uint64_t>(shape.status));
  json.Member("detail", DetailOf(error));
  json.Member("code", code);
  json.Member("request_id", text::ToHex(call->request.id));
  if (const std::vector<FieldError> fields = FieldsOf(error); !fields.empty()) {
    json.Key("errors");
    json.BeginArray();
    for (const FieldError& field : fields) {
      json.BeginObject();
      json.Member("pointer", field.pointer);
      json.Member("detail", field.detail);
      json.EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
}

}  // namespace latchkey::api
