// Times as text (RFC 3339). Thread-safe: free functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::text {

// Microseconds since 1970 in UTC, with all six decimals: 2026-01-02T03:04:05.678901Z. A time
// outside the years 0 to 9999 is written as the nearest one inside.
std::string FormatTime(std::int64_t time_us);

// The same for a sentence, with whole seconds: 2026-01-02 03:04:05 UTC.
std::string TimeWords(std::int64_t time_us);

// Any offset, 0 to 9 decimals, no leap second. Returns null for any other form.
std::optional<std::int64_t> ParseTime(std::string_view rfc3339);

}  // namespace latchkey::text
