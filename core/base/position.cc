#include "core/base/position.h"

#include <charconv>

#include "core/base/base32.h"

namespace latchkey {
namespace {

// Every number of so many digits fits into 64 bits, so that a pattern can say what a position is.
constexpr std::size_t kMaxSequenceDigits = 19;

}  // namespace

std::string Format(const Position& position) {
  return position.epoch + "-" + std::to_string(position.sequence);
}

std::optional<Position> ParsePosition(std::string_view written) {
  const auto dash = written.find('-');
  if (dash != 16) return std::nullopt;
  for (const char c : written.substr(0, dash)) {
    if (text::kBase32Lower.find(c) == std::string_view::npos) return std::nullopt;
  }
  const auto digits = written.substr(dash + 1);
  if (digits.size() > kMaxSequenceDigits) return std::nullopt;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  Position position{std::string(written.substr(0, dash)), 0};
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, position.sequence);
  if (error != std::errc() || at != end) return std::nullopt;
  return position;
}

}  // namespace latchkey
