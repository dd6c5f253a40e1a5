#include "tests/core/log/fault_fs.h"

#include <algorithm>
#include <utility>

namespace latchkey::log {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

bool Strikes(const std::optional<std::string>& suffix, const std::string& name) {
  return suffix && name.ends_with(*suffix);
}

}  // namespace

class FaultFs::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(FaultFs* fs, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), fs_(fs), name_(std::move(name)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(fs_->mutex_);
    const bool fails = Strikes(fs_->fail_append_, name_);
    const Slice part(data.data(), fails ? data.size() / 2 : data.size());
    IOStatus status = FSWritableFileOwnerWrapper::Append(part, options, debug);
    if (!status.ok()) return status;
    fs_->files_[name_].written += part.size();
    return fails ? IOStatus::NoSpace("told to fail") : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(fs_->mutex_);
    if (Strikes(fs_->fail_sync_, name_)) return IOStatus::IOError("told to fail");
    IOStatus status = FSWritableFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) fs_->files_[name_].synced = fs_->files_[name_].written;
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  FaultFs* fs_;
  std::string name_;
};

FaultFs::FaultFs() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void FaultFs::FailSync(std::string suffix) {
  const std::lock_guard lock(mutex_);
  fail_sync_ = std::move(suffix);
}

void FaultFs::FailAppend(std::string suffix) {
  const std::lock_guard lock(mutex_);
  fail_append_ = std::move(suffix);
}

void FaultFs::Hold(std::string suffix) {
  const std::lock_guard lock(mutex_);
  hold_ = std::move(suffix);
}

void FaultFs::Heal() {
  const std::lock_guard lock(mutex_);
  fail_sync_.reset();
  fail_append_.reset();
  hold_.reset();
  healed_.notify_all();
}

void FaultFs::CopyAsWritten(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::lock_guard lock(mutex_);
  std::filesystem::copy(from, to);
}

void FaultFs::CopyAsSynced(const std::filesystem::path& from, const std::filesystem::path& to,
                           std::uint64_t torn) {
  const std::lock_guard lock(mutex_);
  std::filesystem::copy(from, to);
  for (const auto& [name, lengths] : files_) {
    const std::filesystem::path path(name);
    if (path.parent_path() != from) continue;
    const std::uint64_t more = path.extension() == ".log" ? torn : 0;
    const std::uint64_t kept = std::min(lengths.written, lengths.synced + more);
    std::filesystem::resize_file(to / path.filename(), kept);
  }
}

IOStatus FaultFs::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                  std::unique_ptr<rocksdb::FSWritableFile>* file,
                                  IODebugContext* debug) {
  std::unique_lock lock(mutex_);
  healed_.wait(lock, [&] { return !Strikes(hold_, name); });
  std::unique_ptr<rocksdb::FSWritableFile> opened;
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, &opened, debug);
  if (!status.ok()) return status;
  files_[name] = {};
  *file = std::make_unique<File>(this, name, std::move(opened));
  return status;
}

IOStatus FaultFs::RenameFile(const std::string& from, const std::string& to,
                             const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  files_.erase(to);
  if (auto node = files_.extract(from)) {
    node.key() = to;
    files_.insert(std::move(node));
  }
  return status;
}

IOStatus FaultFs::DeleteFile(const std::string& name, const IOOptions& options,
                             IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  IOStatus status = FileSystemWrapper::DeleteFile(name, options, debug);
  if (status.ok()) files_.erase(name);
  return status;
}

FaultyResources::FaultyResources()
    : fs(std::make_shared<FaultFs>()),
      env(rocksdb::NewCompositeEnv(fs)),
      resources(rocks::Resources::Create(16u << 20, 8u << 20, env.get())) {}

}  // namespace latchkey::log
