// A lock that one process at a time holds by a file. The kernel frees it when the process ends,
// however it ends; the file stays.
#pragma once

#include <filesystem>
#include <utility>

#include "core/base/error.h"

namespace latchkey::tools {

class FileLock {
 public:
  // Makes the file (0600) if it is missing, and does not wait. kInUse when another holder has it,
  // in this process too; kIo when it cannot be opened or is a symbolic link.
  static Result<FileLock> Take(const std::filesystem::path& file);
  ~FileLock();
  FileLock(FileLock&& other) noexcept : opened_(std::exchange(other.opened_, -1)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int opened) : opened_(opened) {}

  int opened_;
};

}  // namespace latchkey::tools
