// A log in memory whose appends can be held back and whose reads are counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tests/support/gate.h"
#include "tests/support/memory_log.h"

namespace latchkey::testing {

// Thread-safe. Appends wait while the gate is shut.
class GatedLog final : public log::Log {
 public:
  explicit GatedLog(testing::MemoryLog& log) : log_(log) {}
  ~GatedLog() override { Open(); }

  void Shut() { gate_.Shut(); }
  void Open() { gate_.Open(); }
  void WaitUntilAppending() { gate_.WaitUntilReached(); }

  std::uint64_t reads() const { return reads_; }  // of single entries

  log::AppendOutcome Append(std::uint64_t expected_size,
                            std::span<const std::string> entries) override {
    gate_.Pass();
    return log_.Append(expected_size, entries);
  }
  log::Head head() const override { return log_.head(); }
  std::uint64_t size() const override { return log_.size(); }
  Result<std::string> Read(std::uint64_t sequence) const override {
    ++reads_;
    return log_.Read(sequence);
  }
  Status Scan(std::uint64_t from, std::uint64_t until,
              const std::function<bool(std::uint64_t, std::string_view)>& visit) const override {
    return log_.Scan(from, until, visit);
  }
  Result<std::string> Tile(std::uint32_t level, std::uint64_t index) const override {
    return log_.Tile(level, index);
  }

 private:
  testing::MemoryLog& log_;
  mutable std::atomic<std::uint64_t> reads_{0};
  Gate gate_;
};

}  // namespace latchkey::testing
