// Fingerprints of CAs on the command line.
#pragma once

#include <string>

namespace latchkey::tools {

// For CLI11: an empty string when `text` is one (ParseFingerprint), otherwise what is wrong with
// it.
std::string CheckFingerprint(const std::string& text);

}  // namespace latchkey::tools
