// The streams of a command.
#pragma once

#include <iosfwd>

namespace latchkey::tools {

// Where a command reads and writes. Results go to `out`, messages to `err`.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_terminal = false;   // only then a command may prompt
  bool out_terminal = false;  // only then it may use colours
  bool err_terminal = false;  // only then it may show progress
};

}  // namespace latchkey::tools
