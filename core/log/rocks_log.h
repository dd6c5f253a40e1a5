// The embedded log: one RocksDB with the column families `entries` (big-endian sequence → bytes),
// `tiles` (level, index → 256 hashes) and `meta` (a copy of entry 0, the head), written with sync.
// Format: docs/log_format.md.
#pragma once

#include <filesystem>
#include <memory>

#include "core/log/log.h"
#include "core/rocks/rocks.h"

namespace latchkey::log {

class RocksLog final : public Log {
 public:
  enum class Mode {
    kReadWrite,
    kReadOnly,   // changes nothing; beside a writer, and sees the log as it stood at opening
    kReadAlone,  // the same without a writer, whom it keeps out until it is closed
  };

  // Opens, or makes an empty log (kReadWrite). Refuses with kInUse when another process writes it
  // (kReadOnly does not mind), kUnusable when what is there does not pass the start-up check: every
  // entry from the last flushed one to the head present, contiguous and giving the stored root.
  static Result<std::unique_ptr<RocksLog>> Open(const std::filesystem::path& directory,
                                                const rocks::Resources& resources, Mode mode);
  ~RocksLog() override;

  AppendOutcome Append(std::uint64_t expected_size, std::span<const std::string> entries) override;
  Head head() const override;
  std::uint64_t size() const override;
  Result<std::string> Read(std::uint64_t sequence) const override;
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override;

 private:
  struct Impl;
  explicit RocksLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey::log
