#include "tools/witness/witness.h"

#include <algorithm>
#include <utility>

#include "core/base/base64.h"
#include "core/base/printable.h"
#include "core/log/cosignature.h"
#include "core/log/proof.h"
#include "core/log/tree.h"

namespace latchkey::tools {
namespace {

using log::SignatureType;

constexpr Micros kTellEvery = std::chrono::minutes(1);

WitnessAnswer Refused(int status, std::string words) {
  return {status, std::move(words.append("\n"))};
}

std::string NoteOf(std::string_view text, std::string_view log_lines, std::string_view line) {
  return std::string(text).append("\n").append(log_lines).append(line);
}

struct LogLines {
  std::string verified;    // each in its own line, the first of each key
  bool malformed = false;  // a line that names a key does not verify
};

// What the log has signed below its checkpoint. Lines of others are passed over.
LogLines LinesOfLog(const log::NoteParts& note, const std::vector<log::NoteKey>& keys) {
  LogLines lines;
  std::vector<bool> found(keys.size());
  for (const std::string_view line : note.lines) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto signature = log::SignatureOf(line, keys[i], SignatureType::kNote);
      if (!signature) continue;
      if (!crypto::Ed25519Verify(keys[i].public_key, note.text, *signature)) return {{}, true};
      if (!found[i]) lines.verified += log::SignatureLine(line);
      found[i] = true;
    }
  }
  return lines;
}

// Why a checkpoint does not extend the last one; null when it does.
std::optional<std::string> Inconsistency(const std::optional<log::Head>& last,
                                         const CheckpointRequest& asked) {
  const log::Head& head = asked.checkpoint.head;
  if (head.size == 0 && head.root != log::EmptyRoot()) {
    return "The root of a tree of size 0 is the hash of the empty string.";
  }
  if (asked.old_size == 0) {
    if (asked.proof.empty()) return std::nullopt;
    return "From the old size 0 the consistency proof must be empty.";
  }
  if (log::VerifyConsistency(*last, head, asked.proof)) return std::nullopt;
  if (last->size == head.size && last->root != head.root) {
    return "The checkpoint has another root than the one cosigned at this size.";
  }
  return "The consistency proof does not show that the checkpoint extends the one cosigned.";
}

}  // namespace

Witness::Witness(WitnessDirectory directory, Options options)
    : directory_(std::move(directory)), options_(std::move(options)) {}

Result<std::unique_ptr<Witness>> Witness::Open(WitnessDirectory directory, Options options) {
  std::unique_ptr<Witness> witness(new Witness(std::move(directory), std::move(options)));
  if (witness->options_.logs.size() > kMaxLogKeys) {
    return Refuse(ErrorCode::kValidationFailed, "A witness trusts 1,024 keys of logs at most.");
  }
  for (const log::NoteKey& key : witness->options_.logs) {
    if (Status trusted = witness->Trust(key); !trusted) return trusted.error();
  }
  for (auto& [hash, known] : witness->logs_) {
    if (Status loaded = witness->Load(hash, &known); !loaded) return loaded.error();
  }
  return witness;
}

Status Witness::Trust(const log::NoteKey& key) {
  if (key.name.size() > kMaxOriginBytes || key.name.find(' ') != std::string::npos) {
    return Refuse(ErrorCode::kValidationFailed,
                  "The name of a log's key has no spaces, and 1,024 bytes at most.");
  }
  KnownLog& known = logs_[OriginHash(key.name)];
  known.origin = key.name;
  const bool again =
      std::any_of(known.keys.begin(), known.keys.end(),
                  [&](const log::NoteKey& other) { return other.public_key == key.public_key; });
  if (again) return {};
  if (known.keys.size() == kMaxKeysOfLog) {
    return Refuse(ErrorCode::kValidationFailed,
                  "A log has 8 keys at most, and " + key.name + " has more.");
  }
  known.keys.push_back(key);
  return {};
}

Status Witness::Load(const std::string& hash, KnownLog* known) const {
  auto note = directory_.Read(hash);
  if (note && !*note) return {};
  if (!note && note.error().code == ErrorCode::kIo) return note.error();
  auto latest = std::move(note).and_then(
      [&](const std::optional<std::string>& kept) { return ReadKept(*kept, *known, key()); });
  if (!latest) {
    return Refuse(
        ErrorCode::kUnusable,
        "The checkpoint of " + known->origin + ", checkpoints/" + hash +
            ", cannot be believed: " + latest.error().detail +
            ". Without it this witness could cosign two histories. Bring back the file as it was "
            "when the witness ended, or make another witness in an empty directory.");
  }
  known->latest = *std::move(latest);
  return {};
}

Result<Witness::Cosigned> Witness::ReadKept(const std::string& note, const KnownLog& known,
                                            const log::NoteKey& ours) {
  const auto unusable = [](std::string why) {
    return Refuse(ErrorCode::kUnusable, std::move(why));
  };
  const auto parts = log::SplitNote(note);
  if (!parts) return parts.error();
  const auto checkpoint = log::ParseCheckpoint(parts->text);
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->origin != known.origin) return unusable("it is of another log");
  const LogLines of_log = LinesOfLog(*parts, known.keys);
  if (of_log.malformed) return unusable("the signature of its log is wrong");
  if (of_log.verified.empty()) {
    return unusable(
        "it is not signed by a key given for that log; a log that has changed its key "
        "needs --log for both");
  }
  auto cosignature = log::FindCosignature(note, ours);
  if (!cosignature) return cosignature.error();
  if (!*cosignature) return unusable("this witness has not cosigned it");
  return Cosigned{checkpoint->head, (*cosignature)->seconds, std::string(parts->text),
                  (*cosignature)->line, note};
}

WitnessAnswer Witness::AddCheckpoint(std::string_view body) {
  const auto asked = ParseCheckpointRequest(body);
  if (!asked) return Refused(400, asked.error().detail);
  const std::string hash = OriginHash(asked->checkpoint.origin);
  const auto found = logs_.find(hash);
  if (found == logs_.end()) return Refused(404, "This witness does not know the log.");
  const LogLines of_log = LinesOfLog(asked->note, found->second.keys);
  if (of_log.malformed) return Refused(403, "A signature by a key of the log is wrong.");
  if (of_log.verified.empty()) return Refused(403, "No key of the log has signed the checkpoint.");
  if (asked->old_size > asked->checkpoint.head.size) {
    return Refused(400, "The old size is larger than the size of the checkpoint.");
  }
  const std::lock_guard lock(mutex_);
  return Judge(*asked, of_log.verified, hash, &found->second);
}

WitnessAnswer Witness::Judge(const CheckpointRequest& asked, const std::string& log_lines,
                             const std::string& hash, KnownLog* known) {
  std::optional<log::Head> last;
  if (known->latest) last = known->latest->head;
  const std::uint64_t last_size = last ? last->size : 0;
  if (asked.old_size != last_size) return {409, std::to_string(last_size) + "\n", kTreeSizeType};
  if (auto words = Inconsistency(last, asked)) {
    const log::Head& head = asked.checkpoint.head;
    if (last && last->size == head.size && last->root != head.root) TellOfFork(asked, known);
    return Refused(422, *std::move(words));
  }
  return CosignIt(asked, log_lines, hash, known);
}

WitnessAnswer Witness::CosignIt(const CheckpointRequest& asked, const std::string& log_lines,
                                const std::string& hash, KnownLog* known) {
  const std::string_view text = asked.note.text;
  // Of one log, time does not go back: a later cosignature is for a tree that is no smaller.
  const std::int64_t now = ToMicros(options_.clock->Now()) / 1'000'000;
  std::uint64_t seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now, 1));
  if (known->latest) seconds = std::max(seconds, known->latest->seconds);
  // Whoever has seen a checkpoint can send it again; that costs one write a second.
  if (known->latest && known->latest->text == text && known->latest->seconds == seconds) {
    return {200, known->latest->line};
  }
  std::string line = log::Cosign(text, key().name, directory_.signer(), seconds);
  std::string note = NoteOf(text, log_lines, line);
  // Each attempt writes a whole new file, so that no earlier failure is built upon. What a failed
  // one has left was never answered, and nobody has its cosignature.
  if (const Status kept = directory_.Keep(hash, note); !kept) {
    TellOfDisk(kept.error());
    return Refused(503,
                   "The witness cannot write to its disk and cosigns nothing. Try again "
                   "later.");
  }
  known->latest =
      Cosigned{asked.checkpoint.head, seconds, std::string(text), line, std::move(note)};
  return {200, std::move(line)};
}

void Witness::TellOfFork(const CheckpointRequest& asked, KnownLog* known) {
  const Micros now = options_.clock->Steady();
  if (!options_.tell || (known->told_fork && now - *known->told_fork < kTellEvery)) return;
  known->told_fork = now;
  const log::Head& head = asked.checkpoint.head;
  options_.tell("The log " + text::Printable(known->origin) +
                " has signed two histories: at size " + std::to_string(head.size) +
                " this witness has cosigned the root " + text::ToBase64(known->latest->head.root) +
                ", and the log has signed " + text::ToBase64(head.root) + " too.");
}

void Witness::TellOfDisk(const Error& error) {
  const Micros now = options_.clock->Steady();
  if (!options_.tell || (told_disk_ && now - *told_disk_ < kTellEvery)) return;
  told_disk_ = now;
  options_.tell("Nothing is cosigned: a checkpoint could not be written: " + error.detail + ".");
}

WitnessAnswer Witness::Latest(const std::string& origin_hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(origin_hash);
  if (found == logs_.end() || !found->second.latest) {
    return Refused(404, "This witness has cosigned no checkpoint of such a log.");
  }
  return {200, found->second.latest->note};
}

std::vector<Witness::Known> Witness::logs() const {
  const std::lock_guard lock(mutex_);
  std::vector<Known> all;
  for (const auto& [hash, known] : logs_) {
    std::optional<std::uint64_t> size;
    if (known.latest) size = known.latest->head.size;
    all.push_back({known.origin, size});
  }
  return all;
}

}  // namespace latchkey::tools
