#include "tools/cli/terminal.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace latchkey::tools {
namespace {

constexpr std::size_t kMinColumns = 40;
constexpr std::size_t kMaxColumns = 100;
constexpr std::size_t kColumnsUnlessKnown = 80;

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::size_t KnownColumns(int descriptor) {
  if (const std::size_t width = WidthOf(descriptor); width > 0) return width;
  const std::string_view given = Variable("COLUMNS");
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(given.begin(), given.end(), columns);
  const bool read = error == std::errc() && end == given.end() && columns > 0;
  return read ? columns : kColumnsUnlessKnown;
}

}  // namespace

std::size_t WidthOf(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::size_t ColumnsOf(int descriptor) {
  return std::clamp(KnownColumns(descriptor), kMinColumns, kMaxColumns);
}

bool MayColour(bool terminal) {
  return terminal && Variable("NO_COLOR").empty() && Variable("TERM") != "dumb";
}

}  // namespace latchkey::tools
