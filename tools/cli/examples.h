// Examples of each command, for its help and its manual page.
#pragma once

#include <string_view>
#include <vector>

namespace latchkey::tools {

struct Example {
  std::string_view command;  // "latchkey gateway add"
  std::string_view purpose;  // what somebody wants who types it
  std::string_view line;     // what they type
};

// One to three for a command, none for a group. A change of a command that its examples do not
// follow fails a test, which parses each of them.
std::vector<Example> ExamplesOf(std::string_view command);

}  // namespace latchkey::tools
