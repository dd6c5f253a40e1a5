// Gets the registration key out of a person or a file; never out of an argument, which others see.
#pragma once

#include <string>

#include "tools/cli/io.h"
#include "tools/installer/registration.h"

namespace latchkey::tools {

// From `file` ("-" is standard input); with an empty one asks on the terminal, without showing what
// is typed, and asks again after a slip. Fails with kUsage when there is neither file nor terminal.
// `io` outlives it.
KeySource KeyFrom(std::string file, const Io& io);

}  // namespace latchkey::tools
