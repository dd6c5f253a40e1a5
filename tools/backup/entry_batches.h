// Appends entries to a log in batches that are bounded in number and in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/log/log.h"

namespace latchkey::tools {

// One thread. Whoever adds the last entry calls Flush.
class EntryBatches {
 public:
  using Progress = std::function<void(std::uint64_t size)>;  // of the log; may be empty

  EntryBatches(log::Log& log, Progress progress) : log_(log), progress_(std::move(progress)) {}

  // Both return kIo when the log cannot be written.
  Status Add(std::string_view entry);
  Status Flush();

 private:
  log::Log& log_;
  const Progress progress_;
  std::vector<std::string> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace latchkey::tools
