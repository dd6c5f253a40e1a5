// Renewing certificates: the part of the rules that readers share with Decide. Pure functions.
//
// A registered gateway may ask for another certificate, which is then open until it is used; at
// most one is open at a time. The current key pair is renewed from two thirds of the certificate's
// life on, another key pair at any time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/domain/state.h"

namespace latchkey::domain {

// When the gateway's current certificate was issued, and from when on its key pair may be renewed.
Time IssuedAt(const Registration& current);
Time RenewAfter(const Registration& current);
// The same of a certificate that is not stored yet.
Time RenewAfter(Time issued, Time not_after);
// From when on someone should look why it was not renewed: half of the time for that is over.
Time OverdueAfter(const Registration& current);

// The SHA-256 of the public key behind the current certificate of the gateway.
std::string CurrentPublicKey(const StateReader& state, const GatewayRow& gateway);

// Makes the open renewal the current certificate, in the row alone.
void UseRenewal(GatewayRow* gateway);

// The gateway of a client certificate that may be renewed, with that certificate as the current
// one: in force or issued and not used yet, and also for kRenewalGrace past its end.
// kRegistrationNotConfirmed for a pending one, kRegistrationNotAccepted after a restore.
Result<GatewayRow> JudgeRenewer(const StateReader& state, std::string_view sha256,
                                Time ledger_time);

// What a request for this public key gets: the sequence of the event that holds its certificate, or
// null when one is to be signed. Refuses with kRateLimited. `gateway` as JudgeRenewer gives it.
Result<std::optional<std::uint64_t>> JudgeRenewal(const StateReader& state,
                                                  const GatewayRow& gateway,
                                                  std::string_view public_key_sha256,
                                                  Time ledger_time);

// When the gateway may have another certificate: `ledger_time`, or later after kMaxRenewalsPerDay.
Time NextRenewal(const GatewayRow& gateway, Time ledger_time);

}  // namespace latchkey::domain
