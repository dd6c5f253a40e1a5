#include "tools/cli/passphrase.h"

#include <utility>

#include "tools/ledger/data_directory.h"
#include "tools/ledger/secret_files.h"

namespace latchkey::tools {

CliResult<std::optional<crypto::Secret>> ReadPassphrase(const std::string& file) {
  if (file.empty()) return std::optional<crypto::Secret>();
  const auto read = ReadPrivateFile(ReachedPath(file), file);
  if (!read) return Fail(ExitCode::kFailed, read.error().detail);
  if (!*read) return Fail(ExitCode::kFailed, "There is no file " + file + ".");
  const std::string_view all = (*read)->view();
  const std::string_view line = all.substr(0, all.find_first_of("\r\n"));
  if (line.empty()) return Fail(ExitCode::kFailed, "The first line of " + file + " is empty.");
  return std::optional<crypto::Secret>(std::string(line));
}

}  // namespace latchkey::tools
