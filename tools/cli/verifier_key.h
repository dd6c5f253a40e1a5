// Verifier keys of notes as people give them on the command line.
#pragma once

#include <string>

#include "core/log/note_format.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// The verifier key itself, or the first line of a file: "@FILE". Failures name `option`.
CliResult<log::NoteKey> ReadVerifierKey(const std::string& given, const std::string& option);

}  // namespace latchkey::tools
