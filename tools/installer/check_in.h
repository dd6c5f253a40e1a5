// A check-in with a gateway's certificate, by which the server sees that the gateway is alive.
#pragma once

#include <chrono>
#include <string>

#include "tools/installer/identity.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

inline constexpr std::chrono::seconds kCheckInTimeout{30};

// Checks in once, over a connection of its own: one that is kept from one check-in to the next
// would take a place on the listener for every gateway. Returns the interval that the server gives.
// `version` is of the gateway's software; empty when it is not known. Fails with
//   kKeyRefused   the identity has ended: only a new key helps
//   kTryAgain     out of reach or busy
//   kRefused, kFailed   otherwise
CliResult<std::chrono::seconds> CheckIn(const Identity& identity, const std::string& version);

}  // namespace latchkey::tools
