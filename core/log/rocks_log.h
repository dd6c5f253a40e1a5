// The embedded log: one RocksDB with the column families `entries` (big-endian sequence → bytes),
// `tiles` (level, index → 256 hashes) and `meta` (a copy of entry 0, the head), written with sync.
// Format: docs/log_format.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/log/head_file.h"
#include "core/log/log.h"
#include "core/log/tail.h"
#include "core/rocks/rocks.h"

namespace latchkey::log {

class RocksLog final : public Log {
 public:
  enum class Mode {
    kReadWrite,
    kReadOnly,   // changes nothing; works beside a writer, and sees the log as of its opening
    kReadAlone,  // the same, but keeps writers out until it is closed
  };
  struct Options {
    Mode mode = Mode::kReadWrite;
    Tail tail = Tail::kMayBeTorn;
    // Checks the log as it was found, before anything is changed; with kReadWrite every other
    // writer is kept out. Its refusal ends the opening.
    std::function<Status(const RocksLog& found)> inspect{};
    // With kReadWrite: appends are not synced one by one, and kDurable means written; Flush makes
    // them durable. For a log under a temporary name, which is of no use until it is whole.
    bool build = false;
  };

  // Opens the log, or creates an empty one (kReadWrite). Refuses with kInUse when another process
  // writes it (except kReadOnly), kUnusable when it does not pass the start-up check: every entry
  // from the last flushed one to the head present, contiguous and giving the stored root.
  static Result<std::unique_ptr<RocksLog>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources,
                                                const Options& options);
  ~RocksLog() override;

  AppendOutcome Append(std::uint64_t expected_size, std::span<const std::string> entries) override;
  Head head() const override;
  std::uint64_t size() const override;
  std::uint64_t epoch_start() const override;
  Result<std::string> Read(std::uint64_t sequence) const override;
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override;

  // Puts everything appended so far on disk; only needed for a log being built. Returns kIo.
  Status Flush();

  // Records each append in `file` too before it counts as durable: if that fails, the append ends
  // unknown. The file outlives the log. Call before the first append.
  void NoteHeadsIn(HeadFile* file);

  // Whether an append has ended unknown. From the appending thread, or once it has ended.
  bool failed() const;

  // Whether head and checkpoint are kept beside this log, so that their absence means a loss.
  // BeginEvidence marks the log so, synced; returns kIo.
  bool has_evidence() const;
  Status BeginEvidence();

  // The entry at `start` begins an epoch. Head and checkpoint, which are of the epoch before, count
  // as not kept from here on. Synced. Returns kIo. For a log that nobody serves yet.
  Status BeginEpoch(std::uint64_t start);

  // Whether this is a copy of another log. MarkCopy marks the log so, synced; returns kIo. The log
  // still takes appends: an opening for writing must check this.
  bool is_copy() const;
  Status MarkCopy();

 private:
  struct Impl;
  explicit RocksLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::log
