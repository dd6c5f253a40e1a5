#include "tools/ledger/elsewhere.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/log/checkpointer.h"
#include "core/rocks/small_file.h"
#include "events/codec.h"

namespace latchkey::tools {
namespace {

// Whether the checkpoint is of the epoch before the present one: a restore has ended that, and said
// so in the ledger.
bool IsOfTheEpochBefore(const log::Checkpoint& checkpoint, const log::Log& found) {
  const Result<events::Event> began = found.Read(found.epoch_start()).and_then(events::Decode);
  return began && began->has_ledger_restored() &&
         began->ledger_restored().previous_origin() == checkpoint.origin;
}

Result<std::optional<log::Sighting>> SeenByCopy(const std::filesystem::path& path,
                                                const log::Log& found, const log::NoteKey& key,
                                                rocksdb::Env* env,
                                                std::vector<std::string>* warnings) {
  const auto note = rocks::ReadSmallFile(path, env);
  if (!note) return note.error();
  if (!*note) {
    warnings->push_back(
        fmt::format("There was no checkpoint in {}. If there should have been one, this may be an "
                    "old copy of the ledger.",
                    path.string()));
    return std::optional<log::Sighting>();
  }
  Result<log::Head> head = log::OpenCheckpoint(**note, key);
  if (head) {
    return std::optional<log::Sighting>(
        {*std::move(head), "the checkpoint in " + path.string(), std::string(log::kNewestFile)});
  }
  const auto other = log::ParseCheckpoint(**note);
  if (other && IsOfTheEpochBefore(*other, found)) return std::optional<log::Sighting>();
  return Refuse(ErrorCode::kUnusable,
                fmt::format("{} holds no checkpoint of this ledger: {}. Nothing was changed: give "
                            "--checkpoint-file another path, or move that file away",
                            path.string(), head.error().detail));
}

// A directory without events must not take the place of a ledger whose checkpoint is kept there:
// the ledger may be lost, or another disk mounted.
Status CheckNoCopy(const std::filesystem::path& path, rocksdb::Env* env) {
  if (path.empty()) return {};
  const auto note = rocks::ReadSmallFile(path, env);
  if (!note) return note.error();
  if (!*note) return {};
  const auto other = log::ParseCheckpoint(**note);
  return Refuse(
      ErrorCode::kUnusable,
      fmt::format("This directory holds no ledger, but {} holds the checkpoint of one{}. "
                  "Nothing was made: put that ledger back, or restore a backup. For a "
                  "new ledger give --checkpoint-file another path",
                  path.string(),
                  other ? fmt::format(" ({}, {} events)", other->origin, other->head.size) : ""));
}

}  // namespace

Result<std::vector<log::Sighting>> SeenElsewhere(const Elsewhere& elsewhere, const log::Log& found,
                                                 const std::optional<log::NoteKey>& key,
                                                 rocksdb::Env* env,
                                                 std::vector<std::string>* warnings) {
  if (!key) {
    if (Status none = CheckNoCopy(elsewhere.checkpoint_copy, env); !none) return none.error();
    return std::vector<log::Sighting>();
  }
  std::vector<std::string> unreached;
  // A ledger whose own checkpoint cannot be read is judged by the evidence in its directory.
  const auto own = rocks::ReadSmallFile(elsewhere.checkpoint, env);
  auto seen = witness::SeenByWitnesses(elsewhere.witnesses, *key, found,
                                       own && *own ? **own : std::string(), &unreached);
  if (!seen) return seen.error();
  for (const std::string& words : unreached) {
    warnings->push_back("A witness was not asked whether this is an old copy of the ledger. " +
                        words);
  }
  if (elsewhere.checkpoint_copy.empty()) return seen;
  auto copy = SeenByCopy(elsewhere.checkpoint_copy, found, *key, env, warnings);
  if (!copy) return copy.error();
  if (*copy) seen->push_back(**std::move(copy));
  return seen;
}

}  // namespace latchkey::tools
