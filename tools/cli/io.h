// The streams of a command.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string_view>

#include "tools/client/table.h"
#include "tools/process/exit_code.h"

namespace latchkey::tools {

// Where a command reads and writes. Results go to `out`, messages to `err`.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_terminal = false;   // only then a command may prompt
  bool colours = false;       // whether results have colours
  bool err_terminal = false;  // only then it may show progress
  std::size_t columns = 80;   // of the terminal behind `out`; help fits them
  std::size_t width = 0;      // the same for tables; 0 for no limit, where there is no terminal

  Screen screen() const { return {colours, width}; }
};

// Writes a result and makes sure that all of it was taken. Otherwise kFailed, with `meanwhile`:
// what the command has done all the same, and how to go on, in sentences.
CliResult<void> Deliver(Io& io, std::string_view result, std::string_view meanwhile);

}  // namespace latchkey::tools
