// A position in one ledger of one epoch: `<epoch>-<sequence>`, as in `Latchkey-Position`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey {

struct Position {
  std::string epoch;  // 16 lower-case base32 characters (core/base/base32.h) of the 10 epoch bytes
  std::uint64_t sequence;

  bool operator==(const Position&) const = default;
};

std::string Format(const Position& position);
// Null for any other form. A sequence number has at most 19 digits.
std::optional<Position> ParsePosition(std::string_view text);

}  // namespace latchkey
