#include "core/base/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace latchkey::text {
namespace {

// RFC 3339 has years of four digits.
constexpr std::int64_t kFirstTime = -62'167'219'200'000'000;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kLastTime = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999Z

// Removes exactly `count` digits from the front.
bool TakeDigits(std::string_view* from, std::size_t count, int* value) {
  if (from->size() < count) return false;
  *value = 0;
  for (const char c : from->substr(0, count)) {
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  from->remove_prefix(count);
  return true;
}

bool TakeOneOf(std::string_view* from, std::string_view chars) {
  if (from->empty() || chars.find(from->front()) == std::string_view::npos) return false;
  from->remove_prefix(1);
  return true;
}

// `.` and one to nine digits, or empty; digits beyond microseconds are cut off.
bool TakeFraction(std::string_view* from, std::int64_t* micros) {
  *micros = 0;
  if (!TakeOneOf(from, ".")) return true;
  std::size_t count = 0;
  for (int digit; TakeDigits(from, 1, &digit); ++count) {
    if (count < 6) *micros = *micros * 10 + digit;
  }
  for (std::size_t i = count; i < 6; ++i) *micros *= 10;
  return count >= 1 && count <= 9;
}

bool TakeOffset(std::string_view* from, std::chrono::minutes* offset) {
  *offset = std::chrono::minutes(0);
  if (TakeOneOf(from, "Zz")) return true;
  const bool west = !from->empty() && from->front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!TakeOneOf(from, "+-") || !TakeDigits(from, 2, &hours) || !TakeOneOf(from, ":") ||
      !TakeDigits(from, 2, &minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  *offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  if (west) *offset = -*offset;
  return true;
}

}  // namespace

std::string FormatTime(std::int64_t time_us) {
  const std::chrono::sys_time<std::chrono::microseconds> time{
      std::chrono::microseconds(std::clamp(time_us, kFirstTime, kLastTime))};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> out;
  const int length = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(out.data(), static_cast<std::size_t>(length));
}

std::string TimeWords(std::int64_t time_us) {
  constexpr std::size_t kToSeconds = 19;
  std::string words = FormatTime(time_us).substr(0, kToSeconds) + " UTC";
  words[words.find('T')] = ' ';
  return words;
}

std::optional<std::int64_t> ParseTime(std::string_view rfc3339) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t micros = 0;
  std::chrono::minutes offset{};
  if (!TakeDigits(&rfc3339, 4, &year) || !TakeOneOf(&rfc3339, "-") ||
      !TakeDigits(&rfc3339, 2, &month) || !TakeOneOf(&rfc3339, "-") ||
      !TakeDigits(&rfc3339, 2, &day) || !TakeOneOf(&rfc3339, "Tt") ||
      !TakeDigits(&rfc3339, 2, &hour) || !TakeOneOf(&rfc3339, ":") ||
      !TakeDigits(&rfc3339, 2, &minute) || !TakeOneOf(&rfc3339, ":") ||
      !TakeDigits(&rfc3339, 2, &second) || !TakeFraction(&rfc3339, &micros) ||
      !TakeOffset(&rfc3339, &offset) || !rfc3339.empty()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::sys_time<std::chrono::microseconds> time =
      std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
      std::chrono::seconds(second) + std::chrono::microseconds(micros) - offset;
  return time.time_since_epoch().count();
}

}  // namespace latchkey::text
