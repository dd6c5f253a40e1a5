// A data directory in the making: it grows under a temporary name beside the one that it becomes,
// so that a directory with that name is complete.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/error.h"
#include "tools/backup/backup_directory.h"

namespace latchkey::tools {

// Move-only. What is not renamed is dropped at the end; after a kill, by the next Take.
class GrowingDirectory {
 public:
  // The empty directory `.NAME.ENDING` beside `data`. Its lock keeps other processes away: kInUse.
  // kIo.
  static Result<GrowingDirectory> Take(const std::filesystem::path& data, std::string_view ending);
  ~GrowingDirectory();
  GrowingDirectory(GrowingDirectory&&) = default;
  GrowingDirectory& operator=(GrowingDirectory&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Becomes `data`, synced. A directory of that name goes. kIo.
  Status Rename(const std::filesystem::path& data);

 private:
  GrowingDirectory(std::filesystem::path path, Descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  Descriptor lock_;  // not open: nothing is left to drop
};

}  // namespace latchkey::tools
