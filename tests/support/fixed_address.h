// Addresses for servers that must come back at the same ones.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace latchkey::testing {

// "127.0.0.1:PORT", free now. Its port is outside the range from which the kernel gives ports to
// everyone else, so that nothing takes it while the server is down.
std::string FixedAddress();
// So many, all different.
std::vector<std::string> FixedAddresses(std::size_t count);

}  // namespace latchkey::testing
