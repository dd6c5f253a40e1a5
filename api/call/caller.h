// Who asks: the address, and the operator or gateway once that is known.
#pragma once

#include <optional>
#include <string>

#include "api/call/operator.h"
#include "api/http/client_address.h"
#include "core/base/error.h"
#include "core/domain/commands.h"
#include "core/domain/state.h"

namespace latchkey::api {

// What identifies a session: the SHA-256 of its cookie.
using SessionId = std::string;

struct Caller {
  ClientAddress address;
  std::optional<Operator> who;
  SessionId session;  // of an operator who signed in with a cookie; else empty
  std::optional<domain::CertificateRow> certificate;  // of a gateway
  std::string certificate_sha256;
  std::optional<Error> ended;  // of a certificate let through (Who::kCheckIn): its refusal

  // As events name whoever did something.
  domain::Actor Actor() const;
};

}  // namespace latchkey::api
