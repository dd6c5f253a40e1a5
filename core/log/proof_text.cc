#include "core/log/proof_text.h"

#include <optional>

#include "core/base/base64.h"
#include "core/log/checkpoint.h"
#include "core/log/tree.h"

namespace latchkey::log {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxHashes = 63;  // of a tree of 2^63 entries

Error NotAProof(const std::string& why) {
  return Refuse(ErrorCode::kUnusable, "it is not a proof: " + why);
}

// The next line without its newline; null when there is none.
std::optional<std::string_view> NextLine(std::string_view* text) {
  const auto end = text->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string FormatProof(const ProofText& proof) {
  std::string text(kFirstLine);
  text.append("\n").append(kIndex).append(std::to_string(proof.sequence)).append("\n");
  for (const std::string& hash : proof.proof) text.append(text::ToBase64(hash)).append("\n");
  return text.append("\n").append(proof.note);
}

Result<ProofText> ParseProof(std::string_view text) {
  if (NextLine(&text) != kFirstLine) {
    return NotAProof("its first line is not " + std::string(kFirstLine));
  }
  if (text.starts_with(kExtra)) NextLine(&text);
  const auto index_line = NextLine(&text);
  const auto index = index_line && index_line->starts_with(kIndex)
                         ? ParseTreeSize(index_line->substr(kIndex.size()))
                         : std::nullopt;
  if (!index) return NotAProof("it does not say which event it is about");
  ProofText proof{*index, {}, {}};
  while (true) {
    const auto line = NextLine(&text);
    if (!line) return NotAProof("no checkpoint stands below it");
    if (line->empty()) break;
    const auto hash = text::FromBase64(*line);
    if (!hash || hash->size() != kHashBytes || proof.proof.size() == kMaxHashes) {
      return NotAProof("one of its hashes is malformed");
    }
    proof.proof.push_back(*hash);
  }
  proof.note = text;
  return proof;
}

}  // namespace latchkey::log
