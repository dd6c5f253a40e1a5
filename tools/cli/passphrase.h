// The passphrase of a backup, from the file that names it on the command line.
#pragma once

#include <optional>
#include <string>

#include "core/crypto/secret.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// The first line of the file; null when `file` is empty. kFailed when it cannot be read, is
// readable by others, or has no passphrase in it.
CliResult<std::optional<crypto::Secret>> ReadPassphrase(const std::string& file);

}  // namespace latchkey::tools
