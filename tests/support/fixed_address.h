// An address for a server that must come back at the same one.
#pragma once

#include <string>

namespace latchkey::testing {

// "127.0.0.1:PORT", free now. Its port is outside the range from which the kernel gives ports to
// everyone else, so that nothing takes it while the server is down.
std::string FixedAddress();

}  // namespace latchkey::testing
