// The append-only log: entries in one order, numbered from 0 without holes, under an RFC 6962 tree.
//
// A writer appends at the size that it expects. One that expects another size is refused (fenced),
// never merged. RocksLog and the log in memory that tests use pass one conformance suite
// (tests/core/log/). A replicated log keeps the same contract: "durable" then means committed, and
// entries written elsewhere become visible in size() as well.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace latchkey::log {

enum class AppendOutcome {
  kDurable,  // all entries are on disk and survive power loss
  kRefused,  // nothing was written: someone else has moved the end
  kUnknown,  // write or sync failed: perhaps written, perhaps not. No append after this succeeds.
};

// The size of the log and the root of the tree over its entries (RFC 6962 §2.1), taken together.
struct Head {
  std::uint64_t size = 0;
  std::string root;  // 32 bytes

  bool operator==(const Head&) const = default;
};

class Log {
 public:
  virtual ~Log() = default;

  // Appends all entries or none, synced, as one batch. Precondition: at least one entry, each of 1
  // to ledger_limits::kMaxEntryBytes bytes. Blocks. One thread at a time.
  virtual AppendOutcome Append(std::uint64_t expected_size,
                               std::span<const std::string> entries) = 0;

  // Only durable entries count. Thread-safe.
  virtual Head head() const = 0;
  virtual std::uint64_t size() const = 0;

  // Sequence of the entry that began the present epoch: 0, or that of the last LedgerRestored.
  // Thread-safe.
  virtual std::uint64_t epoch_start() const { return 0; }

  // The stored bytes. Refuses with kPositionUnknown at or beyond size(), kUnusable when the storage
  // is damaged. Thread-safe.
  virtual Result<std::string> Read(std::uint64_t sequence) const = 0;

  // Calls `visit` for each entry of [from, until) in order until it returns false; stops early at
  // size(). The bytes live only during the call. Thread-safe.
  virtual Status Scan(std::uint64_t from, std::uint64_t until,
                      const std::function<bool(std::uint64_t, std::string_view)>& visit) const = 0;

  // The hashes of a tile (C2SP tlog-tiles), level 0 being leaf hashes: 256, or at the right edge as
  // many as there are; kPositionUnknown when there are none. Thread-safe.
  virtual Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const = 0;
};

// Shared by all implementations of the log.

// Stops the process unless Append's precondition on `entries` holds.
void RequireAppendable(std::span<const std::string> entries);
// kPositionUnknown for a sequence beyond the end of a log of `size` entries.
Error BeyondEnd(std::uint64_t sequence, std::uint64_t size);
// kPositionUnknown for a tile without a hash.
Error NoSuchTile(std::uint32_t level, std::uint64_t index);

}  // namespace latchkey::log
