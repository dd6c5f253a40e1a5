// The streams of a command.
#pragma once

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
  bool out_terminal = false;  // only then it may use colours
  bool err_terminal = false;  // only then it may show progress
  std::size_t out_width = 0;  // of the terminal in cells; 0 for no limit

  Screen screen() const { return {out_terminal, out_width}; }
};

// Writes a result and makes sure that all of it was taken. Otherwise kFailed, with `meanwhile`:
// what the command has done all the same, and how to go on, in sentences.
CliResult<void> Deliver(Io& io, std::string_view result, std::string_view meanwhile);

}  // namespace latchkey::tools
