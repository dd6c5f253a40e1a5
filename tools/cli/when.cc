#include "tools/cli/when.h"

#include <ctime>

#include "core/base/time.h"
#include "core/base/time_text.h"
#include "tools/cli/duration.h"

namespace latchkey::tools {
namespace {

constexpr std::int64_t kMicros = 1'000'000;

// In the time zone of this process.
std::string Local(const std::string& text) {
  for (const char* form :
       {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;  // as the zone has it at that time
    return text::FormatTime(static_cast<std::int64_t>(std::mktime(&parts)) * kMicros);
  }
  return {};
}

}  // namespace

std::string ParseWhen(const std::string& text) {
  if (const auto span = ParseDuration(text)) {
    return text::FormatTime(ToMicros(SystemClock().Now() - *span));
  }
  // As it is shown: with a blank where RFC 3339 has a T.
  std::string dated = text;
  if (dated.size() > 10 && dated[10] == ' ') dated[10] = 'T';
  if (const auto micros = text::ParseTime(dated)) return text::FormatTime(*micros);
  return Local(text);
}

std::string CheckWhen(const std::string& text) {
  if (!ParseWhen(text).empty()) return {};
  return "'" + text +
         "' is not a time. Write 2026-01-02, \"2026-01-02 03:04:05\", "
         "2026-01-02T03:04:05Z, or how long ago, such as 2h or 7d.";
}

}  // namespace latchkey::tools
