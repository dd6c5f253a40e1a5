#include "core/log/writer_lock.h"

#include "core/log/layout.h"
#include "core/rocks/rocks.h"

namespace latchkey::log {
namespace {

std::string LockPath(const std::filesystem::path& directory) {
  return (directory / "LOCK").string();
}

}  // namespace

Result<WriterLock> TakeWriterLock(const std::filesystem::path& directory, rocksdb::Env* env) {
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status status = env->LockFile(LockPath(directory), &lock);
  if (!status.ok()) return rocks::FromRocks(status, kWhat);
  return WriterLock(lock, {env});
}

Result<WriterLock> KeepWritersOut(const std::filesystem::path& directory, rocksdb::Env* env) {
  if (!env->FileExists(LockPath(directory)).ok()) return WriterLock(nullptr, {env});
  return TakeWriterLock(directory, env);
}

}  // namespace latchkey::log
