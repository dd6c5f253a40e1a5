// The input is a configuration file of `serve`.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tools/cli/settings.h"

namespace latchkey::fuzz {
namespace {

using tools::ReadSettings;
using tools::Setting;

// One setting a line, on the lines where they were read.
std::string Written(const std::vector<Setting>& settings) {
  std::string text;
  std::size_t line = 1;
  for (const Setting& setting : settings) {
    text.append(setting.line - line, '\n');
    text += setting.name + "=" + setting.value + '\n';
    line = setting.line + 1;
  }
  return text;
}

void ReadOne(std::string_view input) {
  const std::size_t lines =
      1 + static_cast<std::size_t>(std::count(input.begin(), input.end(), '\n'));
  const auto read = ReadSettings(input);
  if (!read) {
    Expect(read.error().line >= 1 && read.error().line <= lines, "a line of the file is named");
    return;
  }
  std::size_t before = 0;
  for (const Setting& setting : *read) {
    Expect(setting.line > before && setting.line <= lines, "lines are in order");
    before = setting.line;
    Expect(!setting.name.empty() && !setting.value.empty(), "nothing is empty");
    Expect(setting.value.find('\n') == std::string::npos, "a value ends with its line");
  }
  const std::string text = Written(*read);
  const auto again = ReadSettings(text);
  Expect(again && Written(*again) == text, "what was read can be written and read again");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::ReadOne(latchkey::fuzz::TextOf(data, size));
  return 0;
}
