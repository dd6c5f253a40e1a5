#include "tools/cli/sheet_file.h"

#include <fstream>
#include <istream>

#include "tools/ledger/data_directory.h"

namespace latchkey::tools {

CliResult<std::vector<SheetRow>> ReadSheetFile(const std::string& file, Io& io,
                                               const SheetForm& form) {
  std::ifstream opened;
  if (file != "-") opened.open(ReachedPath(file), std::ios::binary);
  std::istream& from = file == "-" ? io.in : opened;
  std::string text(kMaxSheetBytes + 1, '\0');
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(from.gcount()));
  const std::string name = file == "-" ? "Standard input" : file;
  if (!from.eof() && text.size() <= kMaxSheetBytes) {
    return Fail(ExitCode::kUsage, name + " cannot be read.");
  }
  return ReadSheet(text, name, form);
}

}  // namespace latchkey::tools
