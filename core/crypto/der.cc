#include "core/crypto/der.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace latchkey::crypto::der {
namespace {

constexpr unsigned char kTagNumber = 0x1f;

unsigned char ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

void AppendLength(std::size_t length, std::string* out) {
  if (length < 0x80) {
    *out += static_cast<char>(length);
    return;
  }
  int bytes = 1;
  while (length >> (8 * bytes) != 0) ++bytes;
  *out += static_cast<char>(0x80 | bytes);
  while (bytes-- > 0) *out += static_cast<char>(length >> (8 * bytes));
}

}  // namespace

std::string Value(unsigned char tag, std::initializer_list<std::string_view> parts) {
  std::size_t length = 0;
  for (const std::string_view part : parts) length += part.size();
  std::string out;
  out.reserve(length + 6);
  out += static_cast<char>(tag);
  AppendLength(length, &out);
  for (const std::string_view part : parts) out += part;
  return out;
}

std::string Integer(std::string_view unsigned_big_endian) {
  while (unsigned_big_endian.size() > 1 && unsigned_big_endian[0] == 0) {
    unsigned_big_endian.remove_prefix(1);
  }
  const bool sign_byte = unsigned_big_endian.empty() || (ByteAt(unsigned_big_endian, 0) & 0x80);
  return Value(kInteger, {std::string_view("\0", sign_byte ? 1 : 0), unsigned_big_endian});
}

std::string BitString(std::string_view bytes) {
  return Value(kBitString, {std::string_view("\0", 1), bytes});
}

std::string TimeValue(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  const int year = static_cast<int>(date.year());
  std::array<char, 64> out;
  const int length = std::snprintf(
      out.data(), out.size(), "%04d%02u%02u%02d%02d%02dZ", year,
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  const std::string_view written(out.data(), static_cast<std::size_t>(length));
  if (year >= 1950 && year < 2050) return Value(kUtcTime, {written.substr(2)});
  return Value(kGeneralizedTime, {written});
}

std::optional<Element> Reader::Take() {
  if (rest_.size() < 2) return std::nullopt;
  Element element{ByteAt(rest_, 0), {}, {}};
  if ((element.tag & kTagNumber) == kTagNumber) return std::nullopt;
  std::size_t header = 2;
  std::size_t length = ByteAt(rest_, 1);
  if (length >= 0x80) {
    const std::size_t bytes = length & 0x7f;
    if (bytes < 1 || bytes > 3 || rest_.size() < header + bytes) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < bytes; ++i) length = length << 8 | ByteAt(rest_, header + i);
    if (length < 0x80 || length >> (8 * (bytes - 1)) == 0) return std::nullopt;
    header += bytes;
  }
  if (rest_.size() - header < length) return std::nullopt;
  element.content = rest_.substr(header, length);
  element.whole = rest_.substr(0, header + length);
  rest_.remove_prefix(header + length);
  return element;
}

std::optional<Element> Reader::Take(unsigned char tag) {
  if (rest_.empty() || ByteAt(rest_, 0) != tag) return std::nullopt;
  return Take();
}

std::optional<std::string_view> BitStringBytes(const Element& element) {
  if (element.tag != kBitString || element.content.empty() || element.content[0] != 0) {
    return std::nullopt;
  }
  return element.content.substr(1);
}

std::optional<std::string_view> PositiveInteger(const Element& element) {
  std::string_view bytes = element.content;
  if (element.tag != kInteger || bytes.empty() || (ByteAt(bytes, 0) & 0x80)) return std::nullopt;
  if (bytes[0] != 0) return bytes;
  bytes.remove_prefix(1);
  if (bytes.empty() || !(ByteAt(bytes, 0) & 0x80)) return std::nullopt;  // zero, or not shortest
  return bytes;
}

}  // namespace latchkey::crypto::der
