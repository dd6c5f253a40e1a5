// Every reason for a refusal, and nothing about how it is shown: only api/call/problem.cc knows
// HTTP.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace latchkey {

enum class ErrorCode {
  // About the request.
  kRequestMalformed,
  kKeyMalformed,
  kKeyMistyped,
  kUnauthenticated,
  kCertificateExpired,
  kForbidden,
  kCsrfRejected,
  kRegistrationAbandoned,
  kCertificateRevoked,
  kCertificateUnknownSinceRestore,
  kRegistrationNotAccepted,
  kNotFound,
  kKeyUnknown,
  kNoActiveKey,
  kMethodNotAllowed,
  kTooLarge,
  kUnsupportedMediaType,
  kHeadersTooLarge,
  kCsrInvalid,
  kValidationFailed,
  kIdempotencyKeyReused,
  // About the state of the ledger.
  kKeyAlreadyRedeemed,
  kAlreadyRegistered,
  kRegistrationNotConfirmed,
  kNameTaken,
  kTooManySecondaries,
  kTooManyMessages,
  kMessageEnded,
  kHasSecondaries,
  kRequestInProgress,
  kPositionUnknown,
  kGenerationLimit,
  kLastOwner,
  kTooManyTokens,
  kTooManyWebhooks,
  kKeySuperseded,
  kKeyExpired,
  kKeyRevoked,
  kGatewayRemoved,
  kTokenRevoked,
  kRegistrationEnded,
  kVersionConflict,
  // About what the server can do now.
  kRateLimited,
  kOverloaded,
  kReadOnly,
  kBehind,
  kProviderUnreachable,  // the OpenID provider
  kOutcomeUnknown,
  // Never in an answer; about the ledger or the machine. `latchkey` ends with exit code 5 or 1.
  kInUse,     // another process has the directory
  kUnusable,  // damaged, of another ledger, or written by a newer version
  kIo,        // the operating system said no
};

// The code as the contract writes it: "key_already_redeemed".
std::string_view CodeName(ErrorCode code);

struct FieldError {
  // JSON pointer into the body, "?name" for a query parameter, or the name of a header.
  std::string pointer;
  std::string detail;
};

struct Error {
  ErrorCode code;
  std::string detail;                // for a person: what is wrong and what to do; never a secret
  std::vector<FieldError> fields{};  // for kValidationFailed
};

template <typename T>
using Result = Expected<T, Error>;
using Status = Expected<void, Error>;

inline Error Refuse(ErrorCode code, std::string detail) {
  return Error{code, std::move(detail), {}};
}

// kValidationFailed for one field.
Error Invalid(std::string pointer, std::string detail);

}  // namespace latchkey
