#include "tools/verify/outside.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/log/checkpoint.h"
#include "core/log/checkpointer.h"
#include "core/log/note_format.h"
#include "core/log/proof.h"
#include "core/log/proof_text.h"
#include "core/log/tree.h"
#include "events/codec.h"

namespace latchkey::tools {
namespace {

Error NotProved(std::string why) { return Refuse(ErrorCode::kUnusable, std::move(why)); }

Result<std::string> TextOf(std::string_view note, const Policy& policy) {
  if (policy.key) return log::OpenNote(note, *policy.key);
  const Result<log::NoteParts> parts = log::SplitNote(note);
  if (!parts) return parts.error();
  return std::string(parts->text);
}

}  // namespace

Result<log::Checkpoint> CheckNote(std::string_view note, const Policy& policy) {
  const Result<std::string> text = TextOf(note, policy);
  if (!text) return NotProved("The checkpoint does not hold: " + text.error().detail);
  Result<log::Checkpoint> checkpoint = log::ParseCheckpoint(*text);
  if (!checkpoint) return NotProved("The checkpoint does not hold: " + checkpoint.error().detail);
  if (policy.key && checkpoint->origin != policy.key->name) {
    return NotProved(fmt::format("The checkpoint is of another log: {}, not {}", checkpoint->origin,
                                 policy.key->name));
  }
  for (const log::NoteKey& witness : policy.witnesses) {
    const auto cosigned = log::FindCosignature(note, witness);
    if (!cosigned) return NotProved("The checkpoint does not hold: " + cosigned.error().detail);
    if (!*cosigned) return NotProved("The witness " + witness.name + " has not cosigned it");
  }
  return checkpoint;
}

Result<ProvedEvent> CheckProof(std::string_view proof_text, std::string_view entry,
                               const Policy& policy) {
  const Result<log::ProofText> proof = log::ParseProof(proof_text);
  if (!proof) return NotProved("The proof cannot be read: " + proof.error().detail);
  Result<log::Checkpoint> checkpoint = CheckNote(proof->note, policy);
  if (!checkpoint) return checkpoint.error();
  if (!log::VerifyInclusion(log::LeafHash(entry), proof->sequence, checkpoint->head,
                            proof->proof)) {
    return NotProved(
        fmt::format("The event given is not event {} of that ledger: its hash and the "
                    "proof do not lead to the root that is signed",
                    proof->sequence));
  }
  ProvedEvent proved{proof->sequence, *std::move(checkpoint), ""};
  const Result<events::Event> event = events::Decode(std::string(entry));
  if (!event) return proved;
  if (event->sequence() != proof->sequence) {
    return NotProved(
        fmt::format("The event given says that it is event {}, but the proof is of "
                    "event {}",
                    event->sequence(), proof->sequence));
  }
  proved.type = events::TypeName(event->fact_case());
  return proved;
}

Result<VerifyReport> VerifyTiles(
    const log::Log& log, const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const log::Head head = log.head();
  VerifyReport report{.size = head.size, .root = {}};
  log::Tree tree;
  std::vector<log::FullTile> full;
  while (tree.size() < head.size) {
    const Result<std::string> tile = log.Tile(0, tree.size() / log::kTileWidth);
    if (!tile) return tile.error();
    for (std::size_t at = 0; at < tile->size(); at += log::kHashBytes) {
      tree.Add(std::string_view(*tile).substr(at, log::kHashBytes), &full);
    }
    for (const log::FullTile& made : full) {
      if (made.level == 0) continue;  // it is the one that was read
      const Result<std::string> stored = log.Tile(made.level, made.index);
      if (!stored) return stored.error();
      if (*stored == made.hashes) continue;
      report.violations.push_back(
          {tree.size() - 1, "tile",
           fmt::format("tile {} of level {} is not the one that the tiles below it give",
                       made.index, made.level)});
    }
    full.clear();
    if (progress) progress(tree.size(), head.size);
    if (report.violations.size() >= kMaxViolations) return report;
  }
  report.root = tree.Root();
  if (report.root != head.root) {
    report.violations.push_back(
        {0, "root", "the hashes that are served do not lead to the root that is signed"});
  }
  return report;
}

Status CheckConsistent(const log::Checkpoint& from, const log::Checkpoint& to,
                       const log::Log& log) {
  if (from.origin != to.origin) {
    return NotProved(
        fmt::format("The checkpoints are of two logs: {} and {}", from.origin, to.origin));
  }
  if (from.head.size > to.head.size) {
    return NotProved("The first checkpoint is the later one: exchange them");
  }
  const Result<log::Proof> proof = log::ProveConsistency(log, from.head.size, to.head.size);
  if (!proof) return proof.error();
  if (log::VerifyConsistency(from.head, to.head, *proof)) return {};
  return NotProved(
      fmt::format("The ledger of {} events is not the beginning of that of {} events: "
                  "there are two histories under one key, or the tiles are not of "
                  "these checkpoints",
                  from.head.size, to.head.size));
}

}  // namespace latchkey::tools
