// Words of the commands that we print for people to paste into a shell.
#pragma once

#include <string>
#include <string_view>

namespace latchkey::tools {

// The text as one word of a POSIX shell: in quotes unless it needs none.
std::string ShellWord(std::string_view text);

}  // namespace latchkey::tools
