// A file system that calls a test before each step by which files change: "create", "write",
// "sync", "rename" (the path is the new name) and "sync-directory". The test may take a picture of
// the disk then, hold the thread, or end the process.
#pragma once

#include <fnmatch.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace latchkey::testing {

// One step among many: the `nth` (from 0) of those that match `pattern` (fnmatch), such as
// "sync */ledger/*.log". Thread-safe.
class AwaitedStep {
 public:
  AwaitedStep(std::string pattern, std::uint64_t nth) : pattern_(std::move(pattern)), left_(nth) {}
  // Whether this is the one; counts it if it matches.
  bool Meets(const std::string& step) {
    return ::fnmatch(pattern_.c_str(), step.c_str(), 0) == 0 && left_.fetch_sub(1) == 0;
  }

 private:
  const std::string pattern_;
  std::atomic<std::int64_t> left_;
};

// Thread-safe if the hook is.
class StepFs final : public rocksdb::FileSystemWrapper {
 public:
  using Hook = std::function<void(const std::string& step)>;  // "write /path/of/the/file"
  using Status = rocksdb::IOStatus;
  using Io = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;

  StepFs(std::shared_ptr<rocksdb::FileSystem> files, Hook before)
      : FileSystemWrapper(std::move(files)), before_(std::move(before)) {}
  const char* Name() const override { return "StepFs"; }

  Status NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override {
    before_("create " + name);
    return Wrapped<Appended>(name, FileSystemWrapper::NewWritableFile(name, options, file, debug),
                             file);
  }
  Status ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                            std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override {
    return Wrapped<Appended>(
        name, FileSystemWrapper::ReopenWritableFile(name, options, file, debug), file);
  }
  Status NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSRandomRWFile>* file, Debug* debug) override {
    return Wrapped<InPlace>(name, FileSystemWrapper::NewRandomRWFile(name, options, file, debug),
                            file);
  }
  Status NewDirectory(const std::string& name, const Io& options,
                      std::unique_ptr<rocksdb::FSDirectory>* directory, Debug* debug) override {
    return Wrapped<Directory>(
        name, FileSystemWrapper::NewDirectory(name, options, directory, debug), directory);
  }
  Status RenameFile(const std::string& from, const std::string& to, const Io& options,
                    Debug* debug) override {
    before_("rename " + to);
    return FileSystemWrapper::RenameFile(from, to, options, debug);
  }

 private:
  template <typename Owner>
  class Synced : public Owner {
   public:
    template <typename File>
    Synced(const StepFs* fs, std::string name, std::unique_ptr<File> file)
        : Owner(std::move(file)), fs_(fs), name_(std::move(name)) {}
    Status Sync(const Io& options, Debug* debug) override {
      fs_->before_("sync " + name_);
      return Owner::Sync(options, debug);
    }
    Status Fsync(const Io& options, Debug* debug) override {
      fs_->before_("sync " + name_);
      return Owner::Fsync(options, debug);
    }

   protected:
    void BeforeWrite() const { fs_->before_("write " + name_); }

   private:
    const StepFs* fs_;
    const std::string name_;
  };

  class Appended final : public Synced<rocksdb::FSWritableFileOwnerWrapper> {
   public:
    using Synced::Synced;
    Status Append(const rocksdb::Slice& data, const Io& options, Debug* debug) override {
      BeforeWrite();
      return FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    Status Append(const rocksdb::Slice& data, const Io& options,
                  const rocksdb::DataVerificationInfo& info, Debug* debug) override {
      BeforeWrite();
      return FSWritableFileOwnerWrapper::Append(data, options, info, debug);
    }
  };

  class InPlace final : public Synced<rocksdb::FSRandomRWFileOwnerWrapper> {
   public:
    using Synced::Synced;
    Status Write(std::uint64_t offset, const rocksdb::Slice& data, const Io& options,
                 Debug* debug) override {
      BeforeWrite();
      return FSRandomRWFileOwnerWrapper::Write(offset, data, options, debug);
    }
  };

  class Directory final : public rocksdb::FSDirectoryWrapper {
   public:
    Directory(const StepFs* fs, std::string name, std::unique_ptr<rocksdb::FSDirectory> directory)
        : FSDirectoryWrapper(std::move(directory)), fs_(fs), name_(std::move(name)) {}
    Status Fsync(const Io& options, Debug* debug) override {
      fs_->before_("sync-directory " + name_);
      return FSDirectoryWrapper::Fsync(options, debug);
    }
    Status FsyncWithDirOptions(const Io& options, Debug* debug,
                               const rocksdb::DirFsyncOptions& how) override {
      fs_->before_("sync-directory " + name_);
      return FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how);
    }

   private:
    const StepFs* fs_;
    const std::string name_;
  };

  // What was opened, if it was, as one that tells of its steps.
  template <typename As, typename File>
  Status Wrapped(const std::string& name, Status opened, std::unique_ptr<File>* file) const {
    if (opened.ok()) *file = std::make_unique<As>(this, name, std::move(*file));
    return opened;
  }

  const Hook before_;
};

}  // namespace latchkey::testing
