// Restores a backup into a directory that is thrown away, and compares it with its ledger: the only
// proof that a backup can be used.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/secret.h"
#include "core/log/log.h"
#include "core/rocks/rocks.h"
#include "tools/ledger/unserved.h"

namespace latchkey::tools {

struct DrillOptions {
  std::filesystem::path data;  // of the ledger; it may be served
  std::filesystem::path source;
  std::filesystem::path credentials{};         // see SecretFiles
  CaFiles ca{};                                // of a ledger that is served with --ca-cert
  std::optional<crypto::Secret> passphrase{};  // null: secrets and sealing keys of `data` are used
  std::filesystem::path scratch;               // empty; nothing is removed from it
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
};

enum class DrillVerdict {
  kGood,         // restored, and every event in it is the ledger's own
  kOtherLedger,  // of another ledger, or of an earlier epoch; nothing was restored
  kDifferent,    // restored, and an event in it is not the ledger's
  kAhead,        // restored, and it holds events that the ledger lacks: the ledger has lost its end
};

struct DrillStep {
  std::string name;  // restore, open, verify, compare
  std::chrono::milliseconds took;
};

struct DrillReport {
  DrillVerdict verdict = DrillVerdict::kGood;
  log::Head backup;
  std::uint64_t ledger_size = 0;              // when the two were compared
  std::optional<std::uint64_t> differs_at{};  // the first event that is not the same
  std::optional<Time> newest_event{};         // in the backup; null: nothing was restored
  std::optional<Time> missing_since{};        // the first event that the backup does not have
  bool confidential = false;                  // secrets and sealing keys were in the backup
  std::size_t lost_keys = 0;                  // sealing keys that its events need
  std::vector<DrillStep> steps{};

  std::uint64_t missing() const {
    return ledger_size > backup.size ? ledger_size - backup.size : 0;
  }
};

// Changes nothing in `data`. Refuses as Restore does: kUnusable for a backup that cannot be
// restored and for a ledger that cannot be read; kIo, also when there is too little room in
// `scratch`.
Result<DrillReport> Drill(const DrillOptions& options, const rocks::Resources& resources,
                          Random& random);

}  // namespace latchkey::tools
