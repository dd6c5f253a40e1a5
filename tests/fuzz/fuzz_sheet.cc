// Lists that people give a command: lines and CSV.
#include <string>

#include "tests/fuzz/fuzz.h"
#include "tools/client/sheet.h"

namespace latchkey::fuzz {
namespace {

void ReadOne(std::string_view text) {
  const tools::SheetForm strict{{"name"}, {"note", "labels"}};
  const tools::SheetForm loose{{"gateway", "id"}, {}, true};
  for (const tools::SheetForm& form : {strict, loose}) {
    const auto rows = tools::ReadSheet(text, "F", form);
    if (!rows) {
      Expect(rows.error().exit == tools::ExitCode::kUsage, "a list is wrong, or it is read");
      continue;
    }
    Expect(!rows->empty() && rows->size() <= tools::kMaxSheetRows, "as many rows as allowed");
    std::size_t line = 1;
    for (const tools::SheetRow& row : *rows) {
      Expect(row.line >= line, "rows come in their order");
      line = row.line;
      for (const auto& [column, cell] : row.cells) Expect(!cell.empty(), "an empty cell is none");
    }
  }
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
