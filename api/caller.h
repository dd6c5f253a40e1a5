// Who asks, once it is known: an operator or a gateway.
#pragma once

#include <optional>

#include "api/operator.h"
#include "api/sessions.h"
#include "core/domain/state.h"

namespace latchkey::api {

struct Caller {
  std::optional<Operator> op;
  SessionId session;  // of an operator who is known by a cookie; else empty
  std::optional<domain::CertificateRow> certificate;
};

}  // namespace latchkey::api
