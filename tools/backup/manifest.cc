#include "tools/backup/manifest.h"

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/base64.h"
#include "core/log/checkpoint.h"
#include "core/log/tree.h"

namespace latchkey::tools {
namespace {

constexpr std::string_view kNameSuffix = "/backup";
constexpr int kCheckpointLines = 3;
constexpr std::size_t kVolumeWords = 4;

std::string NameOf(std::string_view origin) { return std::string(origin).append(kNameSuffix); }

std::string VolumePath(std::uint64_t first) {
  return std::string(kVolumeFolder) + "/" + VolumeName(first);
}

Error NotAManifest(const std::string& why) {
  return Refuse(ErrorCode::kUnusable, "The manifest of the backup is damaged: " + why + ".");
}

// Decimal digits without a leading zero.
std::optional<std::uint64_t> ParseNumber(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return number;
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

// The volume in a line, as the one that follows the volumes up to `first`.
Result<Volume> ParseVolume(std::string_view line, std::uint64_t first) {
  const std::vector<std::string_view> words = Split(line, ' ');
  if (words.size() != kVolumeWords || words[0] != VolumePath(first)) {
    return NotAManifest("it does not name " + VolumePath(first));
  }
  const auto bytes = ParseNumber(words[1]);
  const auto size = ParseNumber(words[2]);
  const auto root = text::FromBase64(words[3]);
  if (!bytes || !size || !root || root->size() != log::kHashBytes) {
    return NotAManifest("its line for " + VolumePath(first) + " is malformed");
  }
  // Every entry has a length and at least one byte.
  const bool fits =
      *size > first && *bytes <= kMaxVolumeBytes && *size - first <= *bytes / (kLengthBytes + 1);
  if (!fits) return NotAManifest("its sizes of " + VolumePath(first) + " do not fit");
  return Volume{first, *bytes, {*size, *root}};
}

}  // namespace

std::string VolumeName(std::uint64_t first) { return fmt::format("{:020}.entries", first); }

Result<std::string> SignManifest(const Manifest& manifest, const crypto::Ed25519Signer& signer) {
  const std::string name = NameOf(manifest.origin);
  std::string text = log::CheckpointText({name, manifest.head()});
  text += std::to_string(manifest.epoch_start) + "\n";
  for (const Volume& volume : manifest.volumes) {
    text += fmt::format("{} {} {} {}\n", VolumePath(volume.first), volume.bytes, volume.end.size,
                        text::ToBase64(volume.end.root));
  }
  std::string note = log::SignNote(text, name, signer);
  if (note.size() > log::kMaxNoteBytes) {
    return Refuse(ErrorCode::kUnusable, "The ledger is too large for the manifest of one backup.");
  }
  return note;
}

Result<Manifest> ReadManifest(std::string_view note) {
  const auto gap = note.rfind("\n\n");
  if (note.size() > log::kMaxNoteBytes || gap == std::string_view::npos) {
    return NotAManifest("it is not a signed note");
  }
  const std::string_view text = note.substr(0, gap + 1);
  Result<log::Checkpoint> checkpoint = log::ParseCheckpoint(text);
  if (!checkpoint) return NotAManifest(checkpoint.error().detail);
  if (!checkpoint->origin.ends_with(kNameSuffix)) return NotAManifest("it is not of a backup");
  const std::vector<std::string_view> lines = Split(note.substr(0, gap), '\n');
  const auto epoch =
      lines.size() > kCheckpointLines + 1u ? ParseNumber(lines[kCheckpointLines]) : std::nullopt;
  if (!epoch) return NotAManifest("it has fewer than five lines");
  Manifest manifest{
      checkpoint->origin.substr(0, checkpoint->origin.size() - kNameSuffix.size()), *epoch, {}};
  std::uint64_t first = 0;
  for (std::size_t line = kCheckpointLines + 1; line < lines.size(); ++line) {
    Result<Volume> volume = ParseVolume(lines[line], first);
    if (!volume) return volume.error();
    first = volume->end.size;
    manifest.volumes.push_back(*std::move(volume));
  }
  if (manifest.head() != checkpoint->head || manifest.epoch_start >= manifest.head().size) {
    return NotAManifest("its files are not those of its size and root");
  }
  return manifest;
}

Status VerifyManifest(std::string_view note, const log::NoteKey& epoch) {
  const auto text = log::OpenNote(note, {NameOf(epoch.name), epoch.public_key});
  if (text) return {};
  return NotAManifest(text.error().detail);
}

}  // namespace latchkey::tools
