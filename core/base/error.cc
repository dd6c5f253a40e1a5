#include "core/base/error.h"

namespace latchkey {

std::string_view CodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRequestMalformed:
      return "request_malformed";
    case ErrorCode::kKeyMalformed:
      return "key_malformed";
    case ErrorCode::kKeyMistyped:
      return "key_mistyped";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kCertificateExpired:
      return "certificate_expired";
    case ErrorCode::kForbidden:
      return "forbidden";
    case ErrorCode::kCsrfRejected:
      return "csrf_rejected";
    case ErrorCode::kRegistrationAbandoned:
      return "registration_abandoned";
    case ErrorCode::kCertificateRevoked:
      return "certificate_revoked";
    case ErrorCode::kCertificateUnknownSinceRestore:
      return "certificate_unknown_since_restore";
    case ErrorCode::kRegistrationNotAccepted:
      return "registration_not_accepted";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kKeyUnknown:
      return "key_unknown";
    case ErrorCode::kNoActiveKey:
      return "no_active_key";
    case ErrorCode::kMethodNotAllowed:
      return "method_not_allowed";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kUnsupportedMediaType:
      return "unsupported_media_type";
    case ErrorCode::kHeadersTooLarge:
      return "headers_too_large";
    case ErrorCode::kCsrInvalid:
      return "csr_invalid";
    case ErrorCode::kValidationFailed:
      return "validation_failed";
    case ErrorCode::kIdempotencyKeyReused:
      return "idempotency_key_reused";
    case ErrorCode::kKeyAlreadyRedeemed:
      return "key_already_redeemed";
    case ErrorCode::kAlreadyRegistered:
      return "already_registered";
    case ErrorCode::kRegistrationNotConfirmed:
      return "registration_not_confirmed";
    case ErrorCode::kNameTaken:
      return "name_taken";
    case ErrorCode::kTooManySecondaries:
      return "too_many_secondaries";
    case ErrorCode::kTooManyMessages:
      return "too_many_messages";
    case ErrorCode::kMessageEnded:
      return "message_ended";
    case ErrorCode::kHasSecondaries:
      return "has_secondaries";
    case ErrorCode::kRequestInProgress:
      return "request_in_progress";
    case ErrorCode::kPositionUnknown:
      return "position_unknown";
    case ErrorCode::kGenerationLimit:
      return "generation_limit";
    case ErrorCode::kLastOwner:
      return "last_owner";
    case ErrorCode::kTooManyTokens:
      return "too_many_tokens";
    case ErrorCode::kTooManyWebhooks:
      return "too_many_webhooks";
    case ErrorCode::kKeySuperseded:
      return "key_superseded";
    case ErrorCode::kKeyExpired:
      return "key_expired";
    case ErrorCode::kKeyRevoked:
      return "key_revoked";
    case ErrorCode::kGatewayRemoved:
      return "gateway_removed";
    case ErrorCode::kTokenRevoked:
      return "token_revoked";
    case ErrorCode::kRegistrationEnded:
      return "registration_ended";
    case ErrorCode::kVersionConflict:
      return "version_conflict";
    case ErrorCode::kRateLimited:
      return "rate_limited";
    case ErrorCode::kOverloaded:
      return "overloaded";
    case ErrorCode::kReadOnly:
      return "read_only";
    case ErrorCode::kBehind:
      return "behind";
    case ErrorCode::kProviderUnreachable:
      return "provider_unreachable";
    case ErrorCode::kOutcomeUnknown:
      return "outcome_unknown";
    case ErrorCode::kInUse:
      return "in_use";
    case ErrorCode::kUnusable:
      return "unusable";
    case ErrorCode::kIo:
      return "io";
  }
  return "";
}

Error Invalid(std::string pointer, std::string detail) {
  return Error{ErrorCode::kValidationFailed,
               "Correct the fields named in errors and send it again.",
               {{std::move(pointer), std::move(detail)}}};
}

}  // namespace latchkey
