#include "core/log/tile_format.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/base/big_endian.h"

namespace latchkey::log {
namespace {

constexpr std::string_view kTile = "tile/";
constexpr std::string_view kEntriesLevel = "entries";
constexpr std::string_view kPartial = ".p/";
constexpr std::size_t kGroupDigits = 3;
constexpr std::uint64_t kGroup = 1'000;
constexpr std::uint32_t kMaxLevel = 63;  // of the format; ours have fewer
constexpr std::uint64_t kMaxIndex = std::uint64_t{1} << 56;
constexpr std::size_t kLengthBytes = 2;

template <typename Number>
std::optional<Number> ParseDecimal(std::string_view digits) {
  Number number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// "x001/x234/067" is 1234067.
std::optional<std::uint64_t> ParseIndex(std::string_view text) {
  std::uint64_t index = 0;
  while (true) {
    const auto slash = text.find('/');
    const bool last = slash == std::string_view::npos;
    std::string_view group = text.substr(0, slash);
    if (!last) {
      if (!group.starts_with('x')) return std::nullopt;
      group.remove_prefix(1);
    }
    const auto number = ParseDecimal<std::uint64_t>(group);
    if (!number || group.size() != kGroupDigits || index > kMaxIndex / kGroup) return std::nullopt;
    index = index * kGroup + *number;
    if (last) return index;
    text.remove_prefix(slash + 1);
  }
}

std::string IndexText(std::uint64_t index) {
  std::string text = fmt::format("{:03}", index % kGroup);
  while ((index /= kGroup) != 0) text = fmt::format("x{:03}/", index % kGroup) + text;
  return text;
}

}  // namespace

std::string TilePath(const TileName& name) {
  std::string path(kTile);
  path += name.level ? std::to_string(*name.level) : std::string(kEntriesLevel);
  path.append("/").append(IndexText(name.index));
  if (name.width != kTileWidth) path.append(kPartial).append(std::to_string(name.width));
  return path;
}

std::optional<TileName> ParseTilePath(std::string_view path) {
  TileName name;
  std::string_view rest = path;
  if (!rest.starts_with(kTile)) return std::nullopt;
  rest.remove_prefix(kTile.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view level = rest.substr(0, slash);
  rest.remove_prefix(slash + 1);
  if (level != kEntriesLevel) {
    name.level = ParseDecimal<std::uint32_t>(level);
    if (!name.level || *name.level > kMaxLevel) return std::nullopt;
  }
  if (const auto partial = rest.find(kPartial); partial != std::string_view::npos) {
    const auto width = ParseDecimal<std::uint64_t>(rest.substr(partial + kPartial.size()));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    name.width = *width;
    rest = rest.substr(0, partial);
  }
  const auto index = ParseIndex(rest);
  if (!index) return std::nullopt;
  name.index = *index;
  if (TilePath(name) != path) return std::nullopt;
  return name;
}

TileName TileOf(std::uint64_t size, std::optional<std::uint32_t> level, std::uint64_t at) {
  const std::uint64_t index = at / kTileWidth;
  return {level, index, TileHashes(size, level.value_or(0), index)};
}

void AppendToBundle(std::string_view entry, std::string* bundle) {
  PutNumber(entry.size(), kLengthBytes, bundle);
  bundle->append(entry);
}

std::optional<std::vector<std::string_view>> ParseBundle(std::string_view bundle) {
  std::vector<std::string_view> entries;
  while (!bundle.empty()) {
    if (bundle.size() < kLengthBytes) return std::nullopt;
    const std::size_t length = GetNumber(bundle.substr(0, kLengthBytes));
    bundle.remove_prefix(kLengthBytes);
    if (length == 0 || bundle.size() < length) return std::nullopt;
    entries.push_back(bundle.substr(0, length));
    bundle.remove_prefix(length);
  }
  return entries;
}

}  // namespace latchkey::log
