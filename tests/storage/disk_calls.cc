#include "tests/storage/disk_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "tests/support/temp_dir.h"

namespace latchkey::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCallKinds = 3;

std::string PathOf(int descriptor) {
  std::error_code unknown;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), unknown).string();
}

// A file or directory for as long as it exists, whatever its name; its inode number may be used
// again.
using Node = std::uint64_t;

// What is durable of one directory and all below it.
class Durable {
 public:
  void Begin(const fs::path& root) {
    root_ = root;
    SyncTree(root);
  }
  bool Covers(const fs::path& path) const {
    return !root_.empty() && path.string().starts_with(root_.string());
  }
  void Sync(const fs::path& path) {
    const Node node = NodeOf(path);
    if (!fs::is_directory(path)) {
      contents_[node] = ReadFile(path);
      return;
    }
    std::map<std::string, Node> entries;
    for (const auto& entry : fs::directory_iterator(path)) {
      const Node child = NodeOf(entry.path());
      entries[entry.path().filename().string()] = child;
      if (entry.is_directory()) directories_.insert(child);
    }
    entries_[node] = std::move(entries);
  }
  // The name is about to go: its inode number may stand for another file then.
  void Forget(const fs::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return;
    if (found.st_nlink <= 1 || S_ISDIR(found.st_mode)) nodes_.erase(found.st_ino);
  }
  void Copy(const fs::path& image, SeededRandom* random) {
    CopyNode(NodeOf(root_), root_, image, random);
  }

 private:
  void SyncTree(const fs::path& directory) {
    Sync(directory);
    for (const auto& entry : fs::directory_iterator(directory)) {
      entry.is_directory() ? SyncTree(entry.path()) : Sync(entry.path());
    }
  }
  Node NodeOf(const fs::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return ++last_;
    const auto [node, fresh] = nodes_.emplace(found.st_ino, last_ + 1);
    if (fresh) ++last_;
    return node->second;
  }

  // `live` is where the node may be found now; by chance that is what the disk has.
  void CopyNode(Node node, const fs::path& live, const fs::path& to, SeededRandom* random) {
    if (!directories_.contains(node) && node != NodeOf(root_)) {
      const bool written = random != nullptr && fs::is_regular_file(live) && random->Below(2) == 0;
      std::ofstream(to, std::ios::binary) << (written ? ReadFile(live) : contents_[node]);
      fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
      return;
    }
    fs::create_directory(to);
    fs::permissions(to, fs::perms::owner_all);
    std::map<std::string, Node> entries = entries_[node];
    if (random != nullptr && fs::is_directory(live)) {
      for (const auto& entry : fs::directory_iterator(live)) {
        const Node child = NodeOf(entry.path());
        if (entry.is_directory()) directories_.insert(child);
        if (random->Below(2) == 0) entries[entry.path().filename().string()] = child;
      }
    }
    for (const auto& [name, child] : entries) CopyNode(child, live / name, to / name, random);
  }

  fs::path root_;
  Node last_ = 0;
  std::map<ino_t, Node> nodes_;  // of those that exist
  std::set<Node> directories_;
  std::map<Node, std::string> contents_;
  std::map<Node, std::map<std::string, Node>> entries_;
};

struct PowerLoss {
  std::uint64_t at;
  fs::path image;
  SeededRandom* random;
};

// All of it, leaked on purpose: threads may still write when the process ends.
struct Watch {
  std::recursive_mutex mutex;  // a copy writes files itself
  bool busy = false;
  Durable durable;
  std::optional<SystemRule> rule;
  std::optional<PowerLoss> power_loss;
  std::array<std::uint64_t, kCallKinds> counts{};
  std::uint64_t total = 0;
};
Watch* watch = nullptr;

class BusyWatch {
 public:
  BusyWatch() { watch->busy = true; }
  ~BusyWatch() { watch->busy = false; }
};

std::optional<SystemFault> Count(SystemCall call) {
  if (watch->power_loss && watch->total == watch->power_loss->at) {
    const BusyWatch busy;
    watch->durable.Copy(watch->power_loss->image, watch->power_loss->random);
    ::_exit(0);
  }
  ++watch->total;
  const std::uint64_t number = watch->counts[static_cast<std::size_t>(call)]++;
  if (!watch->rule || watch->rule->call != call) return std::nullopt;
  const bool strikes =
      watch->rule->lasting ? number >= watch->rule->nth : number == watch->rule->nth;
  return strikes ? std::optional(watch->rule->fault) : std::nullopt;
}

// Does `work`, the call itself, unless it is to fail. `half` does a part of it.
template <typename Work, typename Half>
auto Do(SystemCall call, const std::string& path, Work work, Half half) -> decltype(work()) {
  if (watch == nullptr) return work();
  const std::lock_guard lock(watch->mutex);
  if (watch->busy || !watch->durable.Covers(path)) return work();
  const std::optional<SystemFault> fault = Count(call);
  if (!fault) return work();
  if (*fault == SystemFault::kTorn) (void)half();
  errno = *fault == SystemFault::kNoSpace ? ENOSPC : EIO;
  return -1;
}

ssize_t Write(int file, std::size_t size, const auto& write) {
  return Do(
      SystemCall::kWrite, watch == nullptr ? std::string() : PathOf(file),
      [&] { return write(size); }, [&] { return write(size / 2); });
}

int Sync(int file, long number) {
  const std::string path = watch == nullptr ? std::string() : PathOf(file);
  const auto sync = [&] {
    const auto done = static_cast<int>(::syscall(number, file));
    if (done == 0 && watch != nullptr && !watch->busy && watch->durable.Covers(path) &&
        fs::exists(path)) {
      const BusyWatch busy;
      watch->durable.Sync(path);
    }
    return done;
  };
  return Do(SystemCall::kSync, path, sync, sync);
}

int Rename(const char* from, const char* to, unsigned flags) {
  const auto move = [&] {
    if (watch != nullptr && !watch->busy && flags == 0) watch->durable.Forget(to);
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
  };
  return Do(SystemCall::kRename, to, move, move);
}

int Unlink(int directory, const char* name, int flags) {
  if (watch != nullptr) {
    const std::lock_guard lock(watch->mutex);
    const fs::path path = *name == '/'            ? fs::path(name)
                          : directory == AT_FDCWD ? fs::absolute(name)
                                                  : fs::path(PathOf(directory)) / name;
    if (!watch->busy && watch->durable.Covers(path)) watch->durable.Forget(path);
  }
  return static_cast<int>(::syscall(SYS_unlinkat, directory, name, flags));
}

}  // namespace

void WatchCalls(const fs::path& directory) {
  auto* made = new Watch;
  made->busy = true;
  made->durable.Begin(directory);
  made->busy = false;
  watch = made;
}

void FailCall(const SystemRule& rule) {
  const std::lock_guard lock(watch->mutex);
  watch->rule = rule;
  watch->counts = {};
}

void LosePowerAt(std::uint64_t nth, const fs::path& image, SeededRandom* random) {
  const std::lock_guard lock(watch->mutex);
  watch->power_loss = PowerLoss{watch->total + nth, image, random};
}

void CopyAsAfterPowerLoss(const fs::path& image, SeededRandom* random) {
  const std::lock_guard lock(watch->mutex);
  const BusyWatch busy;
  watch->durable.Copy(image, random);
}

std::uint64_t CallsSoFar(std::optional<SystemCall> call) {
  const std::lock_guard lock(watch->mutex);
  return call ? watch->counts[static_cast<std::size_t>(*call)] : watch->total;
}

}  // namespace latchkey::testing

// In place of the C library's, which the program's own come before.
extern "C" {

using latchkey::testing::Rename;
using latchkey::testing::Sync;
using latchkey::testing::Unlink;
using latchkey::testing::Write;

ssize_t write(int file, const void* data, size_t size) {
  return Write(file, size, [&](size_t part) {
    return static_cast<ssize_t>(::syscall(SYS_write, file, data, part));
  });
}

ssize_t pwrite(int file, const void* data, size_t size, off_t at) {
  return Write(file, size, [&](size_t part) {
    return static_cast<ssize_t>(::syscall(SYS_pwrite64, file, data, part, at));
  });
}

ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
  return pwrite(file, data, size, at);
}

int fsync(int file) { return Sync(file, SYS_fsync); }

int fdatasync(int file) { return Sync(file, SYS_fdatasync); }

int rename(const char* from, const char* to) noexcept { return Rename(from, to, 0); }

int renameat2(int, const char* from, int, const char* to, unsigned flags) noexcept {
  return Rename(from, to, flags);
}

int unlink(const char* name) noexcept { return Unlink(AT_FDCWD, name, 0); }

int unlinkat(int directory, const char* name, int flags) noexcept {
  return Unlink(directory, name, flags);
}

}  // extern "C"
