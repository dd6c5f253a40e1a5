// The file of a command's --from.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/io.h"
#include "tools/client/sheet.h"

namespace latchkey::tools {

// Reads `file`, or standard input for "-", as ReadSheet does. kUsage when it cannot be read.
CliResult<std::vector<SheetRow>> ReadSheetFile(const std::string& file, Io& io,
                                               const SheetForm& form);

}  // namespace latchkey::tools
