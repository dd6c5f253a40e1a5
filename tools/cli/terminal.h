// What the terminal behind a stream can show.
#pragma once

#include <cstddef>

namespace latchkey::tools {

// The columns of the terminal behind `descriptor`; 0 where there is none.
std::size_t WidthOf(int descriptor);

// The columns of the terminal behind `descriptor`, else of COLUMNS, else 80; from 40 to 100,
// because longer lines are hard to read.
std::size_t ColumnsOf(int descriptor);

// Whether output has colours unless --color says otherwise: on a `terminal`, but not with NO_COLOR
// (when it is not empty), nor where TERM is "dumb".
bool MayColour(bool terminal);

}  // namespace latchkey::tools
