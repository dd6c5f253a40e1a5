#include "tools/ledger/evidence.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/base/hex.h"
#include "core/crypto/files.h"
#include "core/log/checkpointer.h"
#include "core/rocks/small_file.h"
#include "projections/position.h"
#include "projections/presence.h"
#include "projections/projections.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLedgerIdChars = 32;

// The evidence in the directory, before it is compared with a log.
struct Evidence {
  Result<std::optional<log::HeadRecord>> head;
  Result<std::optional<std::string>> checkpoint;  // the note
  std::map<std::string, projections::StoredPosition> positions;

  const log::HeadRecord* record() const { return head && *head ? &**head : nullptr; }
};

Evidence Gather(const fs::path& data, const rocks::Resources& resources) {
  Evidence evidence{log::HeadFile::Read(HeadPath(data), resources.env),
                    rocks::ReadSmallFile(CheckpointPath(data), resources.env),
                    projections::Projections::PositionsIn(data / "projections", resources)};
  if (auto seen = projections::Presence::PositionIn(data / "presence", resources)) {
    evidence.positions.emplace("presence", *std::move(seen));
  }
  return evidence;
}

std::string FileToBringBack(const Evidence& evidence) {
  const log::HeadRecord* record = evidence.record();
  if (record == nullptr || record->log_file == 0) return std::string(log::kNewestFile);
  return fmt::format("ledger/{:06}.log as it was", record->log_file);
}

// The key that signs the checkpoints of this log in its present epoch.
Result<log::NoteKey> KeyOf(const log::Log& log) {
  return projections::EpochOf(log).map([](projections::Epoch epoch) {
    return log::NoteKey{std::move(epoch.origin), std::move(epoch.checkpoint_public_key)};
  });
}

// The head in a checkpoint. The key of an empty log is unknown: there any checkpoint shows that the
// log has lost events.
Result<log::Head> HeadOf(std::string_view note, const log::Log& found) {
  if (found.size() == 0) {
    return log::ParseCheckpoint(note).map([](log::Checkpoint c) { return std::move(c.head); });
  }
  return KeyOf(found).and_then(
      [&](const log::NoteKey& key) { return log::OpenCheckpoint(note, key); });
}

// Checks the file that names the directory's ledger; as a last resort it also shows that there was
// one.
Status CheckNamed(const fs::path& data, const log::Log& found) {
  const auto named = crypto::ReadSmallFile(data / kLedgerIdFile);
  if (!named) return {};
  const std::string id = named->substr(0, named->find('\n'));
  const bool known = id.size() == kLedgerIdChars && text::FromHex(id);
  if (found.size() == 0) {
    return Refuse(
        ErrorCode::kUnusable,
        fmt::format("This directory held a ledger ({}), and its ledger/ is gone or empty. "
                    "Put it back from a backup; a new ledger wants an empty directory.",
                    known ? id : "its ledger-id is damaged"));
  }
  const auto ledger = projections::IdentityOf(found);
  if (!ledger) return ledger.error();
  const std::string held = text::ToHex(ledger->ledger_id);
  if (id == held) return {};
  if (!known) {
    return Refuse(ErrorCode::kUnusable,
                  fmt::format("The file ledger-id of this directory is damaged. Its ledger/ holds "
                              "{}: if that is the right one, remove the file and start again.",
                              held));
  }
  return Refuse(ErrorCode::kUnusable,
                fmt::format("This directory is of the ledger {}, but its ledger/ holds {}: they "
                            "were mixed up.",
                            id, held));
}

// All sightings of the log, and the evidence that should exist and is missing.
struct Seen {
  std::vector<log::Sighting> sightings;
  std::vector<std::string> missing;  // "head is missing"
};

void AddHead(const Evidence& evidence, Seen* seen) {
  if (!evidence.head) {
    seen->missing.push_back(evidence.head.error().detail);
  } else if (!*evidence.head) {
    seen->missing.push_back("the file head is missing");
  } else {
    seen->sightings.push_back(
        {evidence.record()->head, "the file head", FileToBringBack(evidence)});
  }
}

void AddCheckpoint(const Evidence& evidence, const log::Log& found, Seen* seen) {
  if (!evidence.checkpoint) return seen->missing.push_back(evidence.checkpoint.error().detail);
  if (!*evidence.checkpoint) return seen->missing.push_back("the file checkpoint is missing");
  const auto head = HeadOf(**evidence.checkpoint, found);
  if (head) {
    seen->sightings.push_back({*head, "the file checkpoint", FileToBringBack(evidence)});
  } else {
    seen->missing.push_back("the file checkpoint is not of this ledger: " + head.error().detail);
  }
}

Status AddPositions(const Evidence& evidence, const log::Log& found, Seen* seen) {
  const auto ledger = projections::IdentityOf(found);
  if (!ledger) return ledger.error();
  for (const auto& [name, position] : evidence.positions) {
    if (position.head.size == 0) continue;
    // The identity of an empty log is unknown.
    if (found.size() != 0 && projections::Foreign(position, *ledger)) continue;
    const std::string by = name == "presence" ? name + "/" : "projections/ (" + name + ")";
    seen->sightings.push_back({position.head, by, FileToBringBack(evidence)});
  }
  return {};
}

Result<Seen> SeenBy(const Evidence& evidence, const log::Log& found) {
  Seen seen;
  AddHead(evidence, &seen);
  AddCheckpoint(evidence, found, &seen);
  if (Status added = AddPositions(evidence, found, &seen); !added) return added.error();
  return seen;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : "; ") + part;
  return all;
}

// The evidence that is missing, if `adopt_size` allows that.
Result<std::vector<std::string>> Compare(const Evidence& evidence, const log::RocksLog& found,
                                         const std::optional<std::uint64_t>& adopt_size) {
  Result<Seen> seen = SeenBy(evidence, found);
  if (!seen) return seen.error();
  if (!found.has_evidence()) seen->missing.clear();  // the missing files are created now
  for (const log::Sighting& sighting : seen->sightings) {
    if (Status extends = log::CheckExtends(found, sighting); !extends) return extends.error();
  }
  if (seen->missing.empty() || adopt_size == found.size()) return std::move(seen->missing);
  return Refuse(ErrorCode::kUnusable,
                fmt::format("Nothing shows that the ledger has not lost its end: {}. Nothing was "
                            "changed: put it back. If it is lost, and the ledger's {} events are "
                            "all there ever were, serve once with --adopt-checkpoint {}",
                            Join(seen->missing), found.size(), found.size()));
}

Result<std::vector<log::Sighting>> SightingsElsewhere(const AskElsewhere& ask,
                                                      const log::Log& found) {
  if (!ask) return std::vector<log::Sighting>();
  std::optional<log::NoteKey> key;
  if (found.size() != 0) {
    Result<log::NoteKey> known = KeyOf(found);
    if (!known) return known.error();
    key = *std::move(known);
  }
  return ask(found, key);
}

Status CompareElsewhere(const AskElsewhere& ask, const log::Log& found) {
  const auto sightings = SightingsElsewhere(ask, found);
  if (!sightings) return sightings.error();
  for (const log::Sighting& sighting : *sightings) {
    if (Status extends = log::CheckExtends(found, sighting); !extends) return extends;
  }
  return {};
}

// The error for a log that cannot be opened: if its readable part lacks events that were seen, from
// which event on; otherwise that only its end is torn.
Error Explain(Error refusal, const fs::path& data, const rocks::Resources& resources,
              const Evidence& evidence, const AskElsewhere& elsewhere) {
  if (refusal.code != ErrorCode::kUnusable) return refusal;
  Status extends;
  const auto whole = log::RocksLog::Open(
      data / "ledger", resources,
      {log::RocksLog::Mode::kReadOnly, log::Tail::kUpToDamage, [&](const log::RocksLog& found) {
         const auto compared = Compare(evidence, found, std::nullopt);
         extends = compared ? CompareElsewhere(elsewhere, found) : compared.error();
         return Status();
       }});
  if (!whole) return refusal;
  if (!extends) return extends.error();
  refusal.detail += ". Only its end is torn: see latchkey recover --data DIR";
  return refusal;
}

Result<log::Sighting> HighestOf(const log::Log& taken, std::vector<log::Sighting> sightings) {
  log::Sighting highest{taken.head(), "", ""};
  for (log::Sighting& sighting : sightings) {
    if (sighting.head.size > highest.head.size) {
      highest = std::move(sighting);
    } else if (sighting.head.size <= taken.size()) {
      if (Status same = log::CheckExtends(taken, sighting); !same) return same.error();
    }
  }
  return highest;
}

}  // namespace

Error CopyIsOnlyRead() {
  return Refuse(ErrorCode::kUnusable,
                "This directory holds a copy of a ledger, which is read-only. To look at it: "
                "latchkey serve --read-only --data DIR");
}

fs::path HeadPath(const fs::path& data) { return data / "head"; }
fs::path CheckpointPath(const fs::path& data) { return data / "checkpoint"; }

Result<CheckedLog> OpenCheckedLog(const fs::path& data, const rocks::Resources& resources,
                                  const EvidenceOptions& options) {
  const bool write = options.mode == log::RocksLog::Mode::kReadWrite;
  // Gathered before the log is opened, which another writer may extend meanwhile; a writer gathers
  // it again when all others are kept out.
  Evidence evidence = Gather(data, resources);
  CheckedLog checked;
  std::optional<Error> refused;  // by what is known of it
  log::RocksLog::Options opening{options.mode, options.tail, {}};
  if (evidence.record() != nullptr && evidence.record()->clean &&
      options.tail == log::Tail::kMayBeTorn) {
    opening.tail = log::Tail::kWhole;
  }
  opening.inspect = [&](const log::RocksLog& found) -> Status {
    if (write && found.is_copy()) return *(refused = CopyIsOnlyRead());
    if (write) evidence = Gather(data, resources);
    const Status named = CheckNamed(data, found);
    if (!named && found.size() != 0) return *(refused = named.error());
    auto compared = Compare(evidence, found, options.adopt_size);
    if (compared && !named) compared = named.error();
    if (!compared) return *(refused = compared.error());
    const Status elsewhere = CompareElsewhere(options.elsewhere, found);
    if (!elsewhere) return *(refused = elsewhere.error());
    checked.adopted = *std::move(compared);
    log::HeadRecord record{found.head()};
    if (const log::HeadRecord* before = evidence.record()) {
      record.log_file = before->log_file;
      record.sealing_keys = checked.sealing_keys = before->sealing_keys;
    }
    if (!write) return {};
    auto head = log::HeadFile::Open(HeadPath(data), resources.env, record);
    if (!head) return head.error();
    checked.head = *std::move(head);
    return {};
  };
  auto opened = log::RocksLog::Open(data / "ledger", resources, opening);
  if (!opened && refused) return *std::move(refused);
  if (!opened) return Explain(opened.error(), data, resources, evidence, options.elsewhere);
  checked.log = *std::move(opened);
  if (write) checked.log->NoteHeadsIn(checked.head.get());
  return checked;
}

Result<log::Sighting> HighestSeen(const fs::path& data, const rocks::Resources& resources,
                                  const log::Log& taken, const AskElsewhere& elsewhere) {
  if (Status named = CheckNamed(data, taken); !named) return named.error();
  Result<Seen> seen = SeenBy(Gather(data, resources), taken);
  if (!seen) return seen.error();
  Result<log::Sighting> within = HighestOf(taken, std::move(seen->sightings));
  if (!within) return within;
  Result<log::Sighting> without = HighestElsewhere(taken, elsewhere);
  if (!without) return without;
  return without->head.size > within->head.size ? without : within;
}

Result<log::Sighting> HighestElsewhere(const log::Log& taken, const AskElsewhere& elsewhere) {
  auto sightings = SightingsElsewhere(elsewhere, taken);
  if (!sightings) return sightings.error();
  return HighestOf(taken, *std::move(sightings));
}

}  // namespace latchkey::tools
