#include "tools/cli/fingerprint.h"

#include "core/http/tls_trust.h"

namespace latchkey::tools {

std::string CheckFingerprint(const std::string& text) {
  if (!ParseFingerprint(text).empty()) return {};
  return "'" + text + "' is not a fingerprint. Write sha256: and 64 hexadecimal digits.";
}

}  // namespace latchkey::tools
