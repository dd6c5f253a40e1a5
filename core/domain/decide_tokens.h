// The commands about operators: tokens are created, rotated, revoked and expire, people sign in.
// Internal to core/domain.
#pragma once

#include <cstdint>

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"

namespace latchkey::domain {

Decision DecideCreateToken(const StateReader&, const CreateToken&, const Context&);
Decision DecideRotateToken(const StateReader&, const RotateToken&, const Context&);
Decision DecideRevokeToken(const StateReader&, const RevokeToken&, const Context&);
Decision DecideExpireToken(const StateReader&, const ExpireToken&, const Context&);
// The event that a token has expired.
Draft TokenExpired(std::uint64_t token);

Decision DecideSignInPerson(const SignInPerson&);

}  // namespace latchkey::domain
