#include "events/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace latchkey::text {
namespace {

constexpr std::uint64_t kIdBits = 40;
constexpr std::size_t kIdChars = 8;
constexpr std::string_view kPersonPrefix = "per_";
constexpr std::size_t kPersonBytes = 16;

// RFC 3339 has years of four digits.
constexpr std::int64_t kFirstTime = -62'167'219'200'000'000;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kLastTime = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999Z

std::string WriteId(std::string_view prefix, std::uint64_t number) {
  std::string id(prefix);
  for (std::size_t shift = kIdBits; shift != 0;) {
    shift -= 5;
    id += kBase32Lower[(number >> shift) & 31];
  }
  return id;
}

// Only the exact form that WriteId gives: one gateway has one id, in paths, logs and caches.
std::optional<std::uint64_t> ReadId(std::string_view prefix, std::string_view id) {
  if (id.size() != prefix.size() + kIdChars || !id.starts_with(prefix)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : id.substr(prefix.size())) {
    const auto value = kBase32Lower.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    number = number << 5 | value;
  }
  if (number == 0) return std::nullopt;
  return number;
}

// Takes exactly `count` digits off the front.
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

// `.` and one to nine digits, or nothing; what is finer than a microsecond is cut off.
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

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string ToBase64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
    }
    const std::size_t present = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= present ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos) {
    return std::nullopt;
  }
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::string url(text);
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return FromBase64Url(url);
}

std::string ToBase64Url(std::string_view bytes) {
  std::string out = ToBase64(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto value = kDigits.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  // What is left over is the padding of the last byte: less than a digit, and zero.
  if (held >= 6 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return out;
}

std::string ToBase32(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) out += alphabet[bits >> (held - 5) & 31];
    bits &= 31;  // what is written already must not overflow the next shift
  }
  if (held > 0) out += alphabet[bits << (5 - held) & 31];
  return out;
}

int Base32Value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return 0;
  if (c == 'I' || c == 'L') return 1;
  const auto value = kBase32Upper.find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

std::string GatewayId(std::uint64_t number) { return WriteId("gw_", number); }
std::string TokenId(std::uint64_t number) { return WriteId("tok_", number); }
std::optional<std::uint64_t> ParseGatewayId(std::string_view id) { return ReadId("gw_", id); }
std::optional<std::uint64_t> ParseTokenId(std::string_view id) { return ReadId("tok_", id); }

std::string PersonId(std::string_view person) {
  return std::string(kPersonPrefix).append(ToHex(person));
}

std::optional<std::string> ParsePersonId(std::string_view id) {
  if (!id.starts_with(kPersonPrefix)) return std::nullopt;
  id.remove_prefix(kPersonPrefix.size());
  std::optional<std::string> person = FromHex(id);
  // Only the exact form, as of the other ids.
  if (!person || person->size() != kPersonBytes || ToHex(*person) != id) return std::nullopt;
  return person;
}

std::string Time(std::int64_t time_us) {
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
