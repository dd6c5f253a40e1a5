// The options for a CA that is not in DIR/secrets/.
#pragma once

#include <string>

#include "tools/ledger/unserved.h"

namespace CLI {
class App;
}

namespace latchkey::tools {

// Adds PREFIXca-cert and PREFIXca-key, of which both or none are given, as files that exist.
void AddCaFiles(CLI::App* command, CaFiles* files, const std::string& prefix, const char* help);

inline constexpr const char* kSameCaHelp = "For a ledger that is served with --ca-cert: the same";

}  // namespace latchkey::tools
