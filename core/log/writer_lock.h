// The lock that keeps every other writer away from a log. Internal to core/log.
#pragma once

#include <filesystem>
#include <memory>

#include <rocksdb/env.h>

#include "core/base/error.h"

namespace latchkey::log {

struct Unlock {
  rocksdb::Env* env;
  void operator()(rocksdb::FileLock* lock) const { env->UnlockFile(lock).PermitUncheckedError(); }
};
using WriterLock = std::unique_ptr<rocksdb::FileLock, Unlock>;

// For a writer. Refuses with kInUse while another process, or another opening in this one, has it.
Result<WriterLock> TakeWriterLock(const std::filesystem::path& directory, rocksdb::Env* env);
// For a reader that keeps writers out, and changes nothing: null where there never was a writer.
Result<WriterLock> KeepWritersOut(const std::filesystem::path& directory, rocksdb::Env* env);

}  // namespace latchkey::log
