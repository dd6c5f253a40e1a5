// Gets the registration key from a person or a file; never from an argument, which others can see.
#pragma once

#include <string>

#include "tools/cli/io.h"
#include "tools/installer/registration.h"

namespace latchkey::tools {

// From `file` ("-" is standard input); if empty, prompts on the terminal without echo, and again
// after a typing mistake. Fails with kUsage when there is neither file nor terminal. `io` outlives
// it.
KeySource KeyFrom(std::string file, const Io& io);

}  // namespace latchkey::tools
