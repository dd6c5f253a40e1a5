#include "tools/witness/add_checkpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/base64.h"
#include "core/base/utf8.h"
#include "core/log/tree.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kOld = "old ";
constexpr std::size_t kMinSignatureBytes = 5;  // the hash of the key, and something behind it

Error MalformedRequest(std::string words) {
  return Refuse(ErrorCode::kRequestMalformed, std::move(words));
}

// Removes a line from the front and returns it without its newline.
std::optional<std::string_view> TakeRequestLine(std::string_view* rest) {
  const auto end = rest->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  return line;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    if (text::TakeCharacter(&text) == text::kNotUtf8) return false;
  }
  return true;
}

// "NAME BASE64": of whomever and whatever type it is.
bool IsSignatureLine(std::string_view line) {
  const auto space = line.find(' ');
  if (space == 0 || space == std::string_view::npos) return false;
  if (line.substr(0, space).find('+') != std::string_view::npos) return false;
  const auto bytes = text::FromBase64(line.substr(space + 1));
  return bytes && bytes->size() >= kMinSignatureBytes;
}

// Takes the lines of the proof and the empty line behind them.
Result<log::Proof> TakeProof(std::string_view* rest) {
  log::Proof proof;
  for (;;) {
    const auto line = TakeRequestLine(rest);
    if (!line) return MalformedRequest("An empty line must stand before the checkpoint.");
    if (line->empty()) return proof;
    if (proof.size() == kMaxProofLines) {
      return MalformedRequest("A consistency proof has at most 63 lines.");
    }
    auto hash = text::FromBase64(*line);
    if (!hash || hash->size() != log::kHashBytes) {
      return MalformedRequest("A line of the consistency proof is not 32 bytes in base64.");
    }
    proof.push_back(*std::move(hash));
  }
}

Status CheckNote(std::string_view note, const log::NoteParts& parts) {
  if (!IsUtf8(note)) return MalformedRequest("The checkpoint is not UTF-8.");
  if (parts.text.size() > kMaxCheckpointTextBytes) {
    return MalformedRequest("The text of the checkpoint is longer than 16 KiB.");
  }
  if (parts.text.find("\n\n") != std::string_view::npos) {
    return MalformedRequest("A line in the text of the checkpoint is empty.");
  }
  if (parts.lines.size() > kMaxSignatureLines) {
    return MalformedRequest("The checkpoint has more than 32 signature lines.");
  }
  if (!std::all_of(parts.lines.begin(), parts.lines.end(), IsSignatureLine)) {
    return MalformedRequest("A signature line of the checkpoint is malformed.");
  }
  return {};
}

}  // namespace

Result<CheckpointRequest> ParseCheckpointRequest(std::string_view body) {
  if (body.size() > kMaxAddCheckpointBytes) {
    return MalformedRequest("The request is longer than 64 KiB.");
  }
  const auto first = TakeRequestLine(&body);
  if (!first || !first->starts_with(kOld)) {
    return MalformedRequest("The first line must be \"old\", a space and a tree size.");
  }
  const auto old_size = log::ParseTreeSize(first->substr(kOld.size()));
  if (!old_size) return MalformedRequest("The old size is not a decimal number.");
  auto proof = TakeProof(&body);
  if (!proof) return proof.error();
  auto note = log::SplitNote(body);
  if (!note) return MalformedRequest("Of the checkpoint: " + note.error().detail + ".");
  if (Status good = CheckNote(body, *note); !good) return good.error();
  auto checkpoint = log::ParseCheckpoint(note->text);
  if (!checkpoint) return MalformedRequest("Of the checkpoint: " + checkpoint.error().detail + ".");
  return CheckpointRequest{*old_size, *std::move(proof), *std::move(note), *std::move(checkpoint)};
}

}  // namespace latchkey::tools
