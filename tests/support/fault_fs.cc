#include "tests/support/fault_fs.h"

#include <algorithm>
#include <fstream>
#include <type_traits>
#include <utility>

#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::uint64_t kSectorBytes = 512;

std::string Normal(const std::string& name) {
  std::string path = fs::path(name).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

void WriteAll(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

IOStatus Failure(DiskFault fault) {
  return fault == DiskFault::kNoSpace ? IOStatus::NoSpace("told to fail")
                                      : IOStatus::IOError("told to fail");
}

// Puts `data` at `offset`, with zeros before it where there is nothing yet.
void Put(std::uint64_t offset, std::string_view data, std::string* content) {
  if (content->size() < offset + data.size()) content->resize(offset + data.size(), '\0');
  std::copy(data.begin(), data.end(), content->begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

// What files that are appended to and files that are written anywhere have in common.
template <typename Owner>
class FaultFs::SyncedFile : public Owner {
 public:
  template <typename File>
  SyncedFile(FaultFs* fs, std::string path, InodePtr inode, std::unique_ptr<File> file)
      : Owner(std::move(file)), fs_(fs), path_(std::move(path)), inode_(std::move(inode)) {}

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return fs_->Do(DiskCall::kSync, path_, [&](bool) {
      IOStatus status = Owner::Sync(options, debug);
      if (status.ok()) SyncInode(inode_.get());
      return status;
    });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }

 protected:
  // `write` gets what of `data` is to be written: all of it, or half.
  template <typename WriteTo>
  IOStatus WriteAt(std::optional<std::uint64_t> offset, const Slice& data, WriteTo write) {
    return fs_->Do(DiskCall::kWrite, path_, [&](bool torn) {
      const Slice part(data.data(), torn ? data.size() / 2 : data.size());
      IOStatus status = write(part);
      if (status.ok()) {
        fs_->Write(inode_.get(), offset.value_or(inode_->size), {part.data(), part.size()});
      }
      return status;
    });
  }

 private:
  FaultFs* fs_;
  const std::string path_;
  const InodePtr inode_;
};

class FaultFs::AppendedFile final : public SyncedFile<rocksdb::FSWritableFileOwnerWrapper> {
 public:
  using SyncedFile::SyncedFile;

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return WriteAt(std::nullopt, data, [&](const Slice& part) {
      return FSWritableFileOwnerWrapper::Append(part, options, debug);
    });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
};

class FaultFs::RandomFile final : public SyncedFile<rocksdb::FSRandomRWFileOwnerWrapper> {
 public:
  using SyncedFile::SyncedFile;

  IOStatus Write(std::uint64_t offset, const Slice& data, const IOOptions& options,
                 IODebugContext* debug) override {
    return WriteAt(offset, data, [&](const Slice& part) {
      return FSRandomRWFileOwnerWrapper::Write(offset, part, options, debug);
    });
  }
};

class FaultFs::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(FaultFs* fs, std::string path, std::unique_ptr<rocksdb::FSDirectory> directory)
      : FSDirectoryWrapper(std::move(directory)), fs_(fs), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return FsyncWithDirOptions(options, debug, rocksdb::DirFsyncOptions());
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    return fs_->Do(DiskCall::kSyncDirectory, path_ + "/", [&](bool) {
      IOStatus status = FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how);
      if (!status.ok()) return status;
      Entries& entries = fs_->directories_[path_];
      for (EntryChange& change : entries.changes) {
        entries.durable[change.name] = std::move(change.inode);
      }
      entries.changes.clear();
      return status;
    });
  }

 private:
  FaultFs* fs_;
  const std::string path_;
};

FaultFs::FaultFs() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
FaultFs::~FaultFs() = default;

void FaultFs::Fail(DiskRule rule) {
  const std::lock_guard lock(mutex_);
  rules_.push_back({std::move(rule)});
}

void FaultFs::FailSync(std::string suffix) {
  Fail({DiskCall::kSync, DiskFault::kError, std::move(suffix), 0, true});
}

void FaultFs::FailAppend(std::string suffix) {
  Fail({DiskCall::kWrite, DiskFault::kTorn, std::move(suffix), 0, true});
}

void FaultFs::Hold(std::string suffix) {
  const std::lock_guard lock(mutex_);
  hold_ = std::move(suffix);
}

void FaultFs::Heal() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
  hold_.reset();
  healed_.notify_all();
}

bool FaultFs::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

std::uint64_t FaultFs::CallsIn(DiskCall call, const std::string& part) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t calls = 0;
  for (const auto& [where, count] : calls_) {
    if (where.first == call && where.second.find(part) != std::string::npos) calls += count;
  }
  return calls;
}

std::optional<DiskFault> FaultFs::Strikes(DiskCall call, const std::string& path) {
  ++calls_[{call, path}];
  std::optional<DiskFault> fault;
  for (ActiveRule& active : rules_) {
    const DiskRule& rule = active.rule;
    if (rule.call != call || path.find(rule.in) == std::string::npos) continue;
    const std::uint64_t number = active.seen++;
    if (number == rule.nth || (rule.lasting && number > rule.nth)) fault = rule.fault;
  }
  struck_ = struck_ || fault.has_value();
  return fault;
}

template <typename Work>
IOStatus FaultFs::Do(DiskCall call, const std::string& path, Work work) {
  const std::lock_guard lock(mutex_);
  const auto fault = Strikes(call, path);
  if (fault && *fault != DiskFault::kTorn) return Failure(*fault);
  const IOStatus status = work(fault.has_value());
  return fault && status.ok() ? Failure(*fault) : status;
}

FaultFs::InodePtr FaultFs::InodeAt(const std::string& path) {
  InodePtr& inode = live_[path];
  if (inode == nullptr) {
    inode = std::make_shared<Inode>();
    inode->durable = ReadFile(path);
    inode->size = inode->durable.size();
  }
  return inode;
}

void FaultFs::SetEntry(const std::string& path, InodePtr before, InodePtr inode) {
  const std::string name = fs::path(path).filename().string();
  Entries& entries = directories_[fs::path(path).parent_path().string()];
  const bool changed = std::any_of(entries.changes.begin(), entries.changes.end(),
                                   [&](const EntryChange& each) { return each.name == name; });
  // What was there before all changes is there again when they are lost.
  if (!changed) entries.durable.try_emplace(name, std::move(before));
  entries.changes.push_back({name, std::move(inode)});
}

void FaultFs::Write(Inode* inode, std::uint64_t offset, std::string_view data) {
  inode->changes.push_back({offset, std::string(data)});
  inode->size = std::max<std::uint64_t>(inode->size, offset + data.size());
}

void FaultFs::SyncInode(Inode* inode) {
  for (const Change& change : inode->changes) Put(change.offset, change.data, &inode->durable);
  inode->changes.clear();
}

template <typename File, typename Open>
IOStatus FaultFs::OpenFile(const std::string& name, bool fresh, Open open,
                           std::unique_ptr<File>* file) {
  const std::string path = Normal(name);
  std::unique_lock lock(mutex_);
  healed_.wait(lock, [&] { return !hold_ || !path.ends_with(*hold_); });
  const auto fault = Strikes(DiskCall::kOpen, path);
  if (fault) return Failure(*fault);
  std::error_code error;
  const bool there = fs::exists(path, error);
  InodePtr before = there ? InodeAt(path) : nullptr;  // before it is emptied
  IOStatus status = open();
  if (!status.ok()) return status;
  if (fresh || !there) {
    live_[path] = std::make_shared<Inode>();
    SetEntry(path, std::move(before), live_[path]);
  }
  using Wrapped =
      std::conditional_t<std::is_same_v<File, rocksdb::FSWritableFile>, AppendedFile, RandomFile>;
  *file = std::make_unique<Wrapped>(this, path, InodeAt(path), std::move(*file));
  return status;
}

IOStatus FaultFs::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                  std::unique_ptr<rocksdb::FSWritableFile>* file,
                                  IODebugContext* debug) {
  return OpenFile(
      name, true, [&] { return FileSystemWrapper::NewWritableFile(name, options, file, debug); },
      file);
}

IOStatus FaultFs::ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                     IODebugContext* debug) {
  return OpenFile(
      name, false,
      [&] { return FileSystemWrapper::ReopenWritableFile(name, options, file, debug); }, file);
}

IOStatus FaultFs::NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                  std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                  IODebugContext* debug) {
  return OpenFile(
      name, false, [&] { return FileSystemWrapper::NewRandomRWFile(name, options, file, debug); },
      file);
}

IOStatus FaultFs::NewDirectory(const std::string& name, const IOOptions& options,
                               std::unique_ptr<rocksdb::FSDirectory>* directory,
                               IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewDirectory(name, options, directory, debug);
  if (status.ok()) {
    *directory = std::make_unique<Directory>(this, Normal(name), std::move(*directory));
  }
  return status;
}

IOStatus FaultFs::RenameFile(const std::string& from, const std::string& to,
                             const IOOptions& options, IODebugContext* debug) {
  const std::string source = Normal(from);
  const std::string target = Normal(to);
  return Do(DiskCall::kRename, target, [&](bool) {
    const InodePtr inode = InodeAt(source);
    std::error_code error;
    InodePtr replaced = fs::exists(target, error) ? InodeAt(target) : nullptr;
    IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (!status.ok()) return status;
    live_.erase(source);
    live_[target] = inode;
    SetEntry(target, std::move(replaced), inode);
    SetEntry(source, inode, nullptr);
    return status;
  });
}

IOStatus FaultFs::LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                           IODebugContext* debug) {
  const std::string target = Normal(to);
  return Do(DiskCall::kRename, target, [&](bool) {
    const InodePtr inode = InodeAt(Normal(from));
    IOStatus status = FileSystemWrapper::LinkFile(from, to, options, debug);
    if (!status.ok()) return status;
    live_[target] = inode;
    SetEntry(target, nullptr, inode);
    return status;
  });
}

IOStatus FaultFs::DeleteFile(const std::string& name, const IOOptions& options,
                             IODebugContext* debug) {
  const std::string path = Normal(name);
  return Do(DiskCall::kDelete, path, [&](bool) {
    const InodePtr inode = InodeAt(path);
    IOStatus status = FileSystemWrapper::DeleteFile(name, options, debug);
    if (!status.ok()) return status;
    live_.erase(path);
    SetEntry(path, inode, nullptr);
    return status;
  });
}

std::string FaultFs::ContentOf(const Inode& inode, Left left, std::uint64_t more,
                               SeededRandom* random) {
  std::string written = inode.durable;
  for (const Change& change : inode.changes) Put(change.offset, change.data, &written);
  if (left == Left::kAllWritten) return written;
  if (left == Left::kSynced) {
    std::string content = inode.durable;
    if (more != 0 && written.size() > content.size()) {
      content += written.substr(content.size(), more);
    }
    return content;
  }
  std::string content = inode.durable;
  const std::uint64_t grown = written.size() - std::min(written.size(), inode.durable.size());
  content.resize(inode.durable.size() + random->Below(grown + 1), '\0');
  for (std::uint64_t sector = 0; sector < content.size(); sector += kSectorBytes) {
    const std::uint64_t end = std::min<std::uint64_t>(sector + kSectorBytes, content.size());
    std::vector<const Change*> here;
    for (const Change& change : inode.changes) {
      if (change.offset < end && change.offset + change.data.size() > sector) {
        here.push_back(&change);
      }
    }
    here.resize(random->Below(here.size() + 1));
    for (const Change* change : here) {
      const std::uint64_t first = std::max(sector, change->offset);
      const std::uint64_t last = std::min<std::uint64_t>(end, change->offset + change->data.size());
      content.replace(first, last - first, change->data, first - change->offset, last - first);
    }
  }
  return content;
}

void FaultFs::CopyTree(const fs::path& from, const fs::path& to, Left left, std::uint64_t torn,
                       SeededRandom* random) {
  fs::create_directories(to);
  std::map<std::string, InodePtr> names;  // null: copied as it is
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory()) {
      CopyTree(entry.path(), to / name, left, torn, random);
      continue;
    }
    const auto live = live_.find(Normal(entry.path().string()));
    names[name] = live == live_.end() ? nullptr : live->second;
  }
  const auto found = directories_.find(Normal(from.string()));
  if (found != directories_.end() && left != Left::kAllWritten) {
    const Entries& entries = found->second;
    for (const EntryChange& change : entries.changes) names.erase(change.name);
    for (const auto& [name, inode] : entries.durable) {
      if (inode != nullptr) {
        names[name] = inode;
      } else {
        names.erase(name);
      }
    }
    for (const EntryChange& change : entries.changes) {
      if (left == Left::kSynced || random->Below(2) == 0) continue;
      if (change.inode != nullptr) {
        names[change.name] = change.inode;
      } else {
        names.erase(change.name);
      }
    }
  }
  for (const auto& [name, inode] : names) {
    if (inode == nullptr) {
      fs::copy_file(from / name, to / name);
    } else {
      const std::uint64_t more = name.ends_with(".log") ? torn : 0;
      WriteAll(to / name, ContentOf(*inode, left, more, random));
    }
  }
}

void FaultFs::CopyAsWritten(const fs::path& from, const fs::path& to) {
  const std::lock_guard lock(mutex_);
  CopyTree(from, to, Left::kAllWritten, 0, nullptr);
}

void FaultFs::CopyAsSynced(const fs::path& from, const fs::path& to, std::uint64_t torn) {
  const std::lock_guard lock(mutex_);
  CopyTree(from, to, Left::kSynced, torn, nullptr);
}

void FaultFs::CopyAsLost(const fs::path& from, const fs::path& to, SeededRandom& random) {
  const std::lock_guard lock(mutex_);
  CopyTree(from, to, Left::kByChance, 0, &random);
}

FaultyResources::FaultyResources()
    : fs(std::make_shared<FaultFs>()),
      env(rocksdb::NewCompositeEnv(fs)),
      resources(rocks::Resources::Create(16u << 20, 8u << 20, env.get())) {}

}  // namespace latchkey::testing
