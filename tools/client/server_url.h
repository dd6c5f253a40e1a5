// The address of a server as people give it.
#pragma once

#include <string>
#include <string_view>

#include "tools/process/exit_code.h"

namespace latchkey::tools {

// `https://HOST[:PORT]`, with or without a final slash and spaces around it, as
// `https://HOST[:PORT]`. kUsage for anything else, which would be ignored or sent to some path;
// `source` names where it was given, such as "--url". A password in it is not quoted.
CliResult<std::string> ReadServerUrl(std::string_view text, const std::string& source);

}  // namespace latchkey::tools
