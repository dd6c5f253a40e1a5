// The text of an operator token as people keep it.
#pragma once

#include <string>
#include <string_view>

#include "core/crypto/secret.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// The token without the spaces and line breaks around it. kUsage, naming `source` and what is
// wrong, for a text that cannot be a token: it would end up in an HTTP header, where a line break
// begins another. The text itself is not quoted.
CliResult<crypto::Secret> ReadTokenText(std::string_view text, const std::string& source);

}  // namespace latchkey::tools
