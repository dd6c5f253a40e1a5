#include "core/crypto/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace latchkey::crypto {
namespace {

constexpr std::size_t kMaxSmallFileBytes = 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  bool Close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

// Reads errno, so call it immediately after the call that failed.
Error Failed(std::string_view what, const std::filesystem::path& path) {
  const auto reason = std::system_category().message(errno);
  return Refuse(ErrorCode::kIo,
                std::string(what) + " " + path.filename().string() + ": " + reason + ".");
}

std::filesystem::path ParentOf(const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

Status SyncDirectory(const std::filesystem::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() || ::fsync(opened.get()) != 0) return Failed("Cannot sync", directory);
  return {};
}

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Status WriteFileDurably(const std::filesystem::path& path, std::string_view content,
                        bool owner_only) {
  // A unique name: two concurrent writers leave one of two whole files, never a mixture.
  std::string beside = (ParentOf(path) / ("." + path.filename().string() + ".XXXXXX")).string();
  Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));  // made with mode 0600
  if (!file.open()) return Failed("Cannot create", path);
  if ((owner_only || ::fchmod(file.get(), 0644) == 0) && WriteAll(file.get(), content) &&
      ::fsync(file.get()) == 0 && file.Close() && ::rename(beside.c_str(), path.c_str()) == 0) {
    return SyncDirectory(ParentOf(path));
  }
  const auto failure = Failed("Cannot write", path);
  ::unlink(beside.c_str());
  return failure;
}

Result<std::string> ReadSmallFile(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open() && errno == ENOENT) {
    return Refuse(ErrorCode::kNotFound, "There is no file " + path.filename().string() + ".");
  }
  if (!file.open()) return Failed("Cannot open", path);
  std::string content(kMaxSmallFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("Cannot read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxSmallFileBytes) {
    return Refuse(ErrorCode::kIo, path.filename().string() + " is larger than 1 MiB.");
  }
  content.resize(size);
  return content;
}

Status DestroyFile(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.open() && errno == ENOENT) return {};
  struct stat found {};
  if (!file.open() || ::fstat(file.get(), &found) != 0) return Failed("Cannot open", path);
  if (found.st_nlink == 1) {
    const std::string zeros(static_cast<std::size_t>(found.st_size), '\0');
    if (!WriteAll(file.get(), zeros) || ::fsync(file.get()) != 0) {
      return Failed("Cannot overwrite", path);
    }
  }
  if (::unlink(path.c_str()) != 0) return Failed("Cannot remove", path);
  return SyncDirectory(ParentOf(path));
}

Status MoveFileDurably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Failed("Cannot move", from);
  return SyncDirectory(ParentOf(to));
}

Status LinkFileDurably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::link(from.c_str(), to.c_str()) != 0 && errno != EEXIST) return Failed("Cannot link", to);
  return SyncDirectory(ParentOf(to));
}

Status MakePrivateDirectory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno != EEXIST) return Failed("Cannot make directory", path);
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) {
      return Refuse(ErrorCode::kIo, path.filename().string() + " is there and is no directory.");
    }
    // If we may not write there, we cannot have made the file and been killed before the sync.
    if (::access(ParentOf(path).c_str(), W_OK) != 0) return {};
  }
  return SyncDirectory(ParentOf(path));
}

}  // namespace latchkey::crypto
