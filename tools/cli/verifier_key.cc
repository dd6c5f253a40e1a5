#include "tools/cli/verifier_key.h"

#include "core/crypto/files.h"
#include "core/log/note.h"

namespace latchkey::tools {

CliResult<log::NoteKey> ReadVerifierKey(const std::string& given, const std::string& option) {
  std::string text = given;
  if (given.starts_with('@')) {
    const auto file = crypto::ReadSmallFile(given.substr(1));
    if (!file) return Fail(ExitCode::kFailed, file.error().detail);
    text = file->substr(0, file->find_first_of("\r\n"));
  }
  auto key = log::ParseVerifierKey(text);
  if (!key) return Fail(ExitCode::kUsage, option + ": " + key.error().detail + ".");
  return *std::move(key);
}

}  // namespace latchkey::tools
