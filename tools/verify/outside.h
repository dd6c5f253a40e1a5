// Verification by whoever does not have the ledger's directory: of a log that is served, of one
// checkpoint against another, and of a proof that was handed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/log/checkpoint.h"
#include "core/log/cosignature.h"
#include "core/log/log.h"
#include "core/log/note.h"
#include "tools/verify/verify.h"

namespace latchkey::tools {

// Whom a checkpoint must be signed by.
struct Policy {
  std::optional<log::NoteKey> key{};      // of the log; null: its signature is not checked
  std::vector<log::NoteKey> witnesses{};  // all of them must have cosigned it
};

// The checkpoint in `note`, signed as the policy says. Refuses with kUnusable, naming the signature
// that is missing or does not verify.
Result<log::Checkpoint> CheckNote(std::string_view note, const Policy& policy);

struct ProvedEvent {
  std::uint64_t sequence;
  log::Checkpoint checkpoint;
  std::string type;  // of the event; empty when this version does not know it
};

// That `entry` is the event that `proof` (C2SP tlog-proof) is about. Refuses with kUnusable, with
// the reason.
Result<ProvedEvent> CheckProof(std::string_view proof, std::string_view entry,
                               const Policy& policy);

// That the tree of `log` has no hash that its leaves do not give, up to its head: tiles alone, no
// entry is read. Findings are in the report, as in Verify.
Result<VerifyReport> VerifyTiles(const log::Log& log,
                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress);

// That the log of `from` is the beginning of that of `to`, by the tiles of `log`, which has both.
// Refuses with kUnusable when it is not.
Status CheckConsistent(const log::Checkpoint& from, const log::Checkpoint& to, const log::Log& log);

}  // namespace latchkey::tools
