// What can still be read of a log that does not pass the check at a start: its entries from the
// first one on, up to the first that is missing or damaged. An entry is intact when the checksums
// of the storage hold over it and, where its tile is stored, the tile has its leaf hash.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "core/base/error.h"
#include "core/log/writer_lock.h"
#include "core/rocks/rocks.h"

namespace latchkey::log {

// Changes nothing, and keeps writers out until it is destroyed. One thread.
class IntactPrefix {
 public:
  // Refuses with kInUse while a process writes the log, with kUnusable when not even its tables can
  // be opened, kIo.
  static Result<IntactPrefix> Open(const std::filesystem::path& directory,
                                   const rocks::Resources& resources);

  // Calls `visit` for each entry in order; a refusal of `visit` ends that and is returned. The
  // bytes live only during the call.
  Status Visit(const std::function<Status(std::string_view entry)>& visit) const;

 private:
  IntactPrefix(WriterLock lock, std::unique_ptr<rocks::Database> db)
      : lock_(std::move(lock)), db_(std::move(db)) {}

  WriterLock lock_;
  std::unique_ptr<rocks::Database> db_;
};

}  // namespace latchkey::log
