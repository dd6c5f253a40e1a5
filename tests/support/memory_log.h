// The log in memory, for tests of the layers above it. Tests request faults by name.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/log/log.h"
#include "core/log/tree.h"

namespace latchkey::testing {

class MemoryLog final : public log::Log {
 public:
  log::AppendOutcome Append(std::uint64_t expected_size,
                            std::span<const std::string> entries) override;
  log::Head head() const override;
  std::uint64_t size() const override;
  std::uint64_t epoch_start() const override;
  Result<std::string> Read(std::uint64_t sequence) const override;
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override;

  // The entry at `start` begins an epoch.
  void BeginEpoch(std::uint64_t start);
  // The next append ends in kUnknown; its entries are kept when `written`.
  void FailNextAppend(bool written);
  // Another writer appends `entry`: appends that expect the old size are refused from now on.
  void AppendElsewhere(std::string entry);
  // From now on no entry can be read, as where a disk is damaged; or they can again.
  void FailReads(bool failing);
  // What a restart does after kUnknown: what was kept is there, and appends work again.
  void Reopen();

 private:
  void Keep(std::span<const std::string> entries);  // under mutex_

  mutable std::mutex mutex_;
  std::vector<std::string> entries_;
  log::Tree tree_;
  std::vector<std::vector<std::string>> tiles_;  // [level][index]
  std::uint64_t epoch_start_ = 0;
  std::optional<bool> fail_next_;
  bool failed_ = false;
  bool reads_fail_ = false;
};

}  // namespace latchkey::testing
