// The evidence of a ledger's size outside the ledger itself: the file head, the checkpoint, the
// positions of projections and presence. The ledger must extend all of it; every opening of a
// ledger's log goes through here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/log/head_file.h"
#include "core/log/note.h"
#include "core/log/rocks_log.h"
#include "core/log/sighting.h"
#include "core/rocks/rocks.h"

namespace latchkey::tools {

// A log that extends all evidence. Earlier members outlive later ones.
struct CheckedLog {
  std::unique_ptr<log::HeadFile> head;  // of a writer; the log records its appends there
  std::unique_ptr<log::RocksLog> log;
  std::uint64_t sealing_keys = 0;      // made so far, by the file head
  std::vector<std::string> adopted{};  // missing evidence that was accepted as lost
};

// What is known elsewhere of the log, whose checkpoints `key` signs; a log without events has no
// key yet. Empty: nothing is. A refusal ends what it was asked for. See tools/ledger/guards.h.
using AskElsewhere = std::function<Result<std::vector<log::Sighting>>(
    const log::Log& found, const std::optional<log::NoteKey>& key)>;

struct EvidenceOptions {
  log::RocksLog::Mode mode = log::RocksLog::Mode::kReadWrite;
  log::Tail tail = log::Tail::kMayBeTorn;
  // Head or checkpoint may be missing while the log has exactly this size.
  std::optional<std::uint64_t> adopt_size{};
  AskElsewhere elsewhere{};
};

// Opens the log in `data`/ledger. Refuses as RocksLog::Open does, and with kUnusable, having
// changed nothing, when the log does not extend the evidence: the detail names the first missing
// sequence and the file to bring back; and when a writer asks for a copy. A writer of a ledger
// without a head file gets one.
Result<CheckedLog> OpenCheckedLog(const std::filesystem::path& data,
                                  const rocks::Resources& resources,
                                  const EvidenceOptions& options = {});

// The refusal of a command that would write to a copy (log::RocksLog::is_copy).
Error CopyIsOnlyRead();

// The highest head that the evidence in `data`, or anything elsewhere, has seen of the log there,
// of which `taken` is the part that is intact; the head of `taken`, seen by nobody (""), when that
// is the highest. Refuses with kUnusable when one is of another ledger or of another history than
// `taken`, and as `elsewhere` does.
Result<log::Sighting> HighestSeen(const std::filesystem::path& data,
                                  const rocks::Resources& resources, const log::Log& taken,
                                  const AskElsewhere& elsewhere);
// The same of a part that came from a backup: only what is known elsewhere counts.
Result<log::Sighting> HighestElsewhere(const log::Log& taken, const AskElsewhere& elsewhere);

// Names the ledger that a directory holds.
inline constexpr std::string_view kLedgerIdFile = "ledger-id";

std::filesystem::path HeadPath(const std::filesystem::path& data);
std::filesystem::path CheckpointPath(const std::filesystem::path& data);

}  // namespace latchkey::tools
