// The commands about keys: generate, show, revoke, expire, redeem. Internal to core/domain.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/domain/commands.h"
#include "core/domain/decision.h"
#include "core/domain/state.h"
#include "events/event.pb.h"

namespace latchkey::domain {

// New key material for the event that issues the key.
events::IssuedKey IssueKey(std::uint64_t gateway, std::uint32_t generation,
                           std::chrono::seconds lifetime, const Context& context);

Decision DecideGenerateKey(const StateReader&, const Submission&, const GenerateKey&,
                           const Context&);
Decision DecideRevealKey(const StateReader&, const Submission&, const RevealKey&, const Context&);
Decision DecideRevokeKey(const StateReader&, const Submission&, const RevokeKey&, const Context&);
Decision DecideExpireKey(const StateReader&, const ExpireKey&, const Context&);
Decision DecideRedeemKey(const StateReader&, const Submission&, const RedeemKey&, const Context&);

}  // namespace latchkey::domain
