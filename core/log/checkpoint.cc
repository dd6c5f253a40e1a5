#include "core/log/checkpoint.h"

#include <charconv>

#include "core/base/base64.h"
#include "core/log/tree.h"

namespace latchkey::log {
namespace {

// Removes a line from the front and returns it without its newline.
std::optional<std::string_view> TakeLine(std::string_view* text) {
  const auto end = text->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string CheckpointText(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.head.size) + "\n" +
         text::ToBase64(checkpoint.head.root) + "\n";
}

std::optional<std::uint64_t> ParseTreeSize(std::string_view digits) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return size;
}

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  const auto origin = TakeLine(&text);
  const auto size_line = TakeLine(&text);
  const auto root_line = TakeLine(&text);
  if (!origin || origin->empty() || !size_line || !root_line) {
    return Refuse(ErrorCode::kUnusable, "it is not a checkpoint: it has fewer than three lines");
  }
  const auto size = ParseTreeSize(*size_line);
  if (!size) return Refuse(ErrorCode::kUnusable, "it is not a checkpoint: its size is malformed");
  const auto root = text::FromBase64(*root_line);
  if (!root || root->size() != kHashBytes) {
    return Refuse(ErrorCode::kUnusable, "it is not a checkpoint: its root is malformed");
  }
  return Checkpoint{std::string(*origin), {*size, *root}};
}

}  // namespace latchkey::log
