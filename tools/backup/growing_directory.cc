#include "tools/backup/growing_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/crypto/files.h"

namespace latchkey::tools {
namespace {

namespace fs = std::filesystem;

Error Failed(const std::string& what) {
  return Refuse(ErrorCode::kIo, what + ": " + std::system_category().message(errno) + ".");
}

}  // namespace

Result<GrowingDirectory> GrowingDirectory::Take(const fs::path& data, std::string_view ending) {
  const fs::path place = fs::absolute(data).lexically_normal();
  const fs::path named = place.has_filename() ? place : place.parent_path();
  fs::path path = named.parent_path() / fmt::format(".{}.{}", named.filename().string(), ending);
  if (Status made = crypto::MakePrivateDirectory(path); !made) return made.error();
  Descriptor lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!lock.open()) return Failed("Cannot open " + path.string());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Refuse(ErrorCode::kInUse, "Another process makes this directory now.");
  }
  struct stat locked {};
  struct stat found {};
  // The other process may have ended in between, and given the directory its own name.
  if (::fstat(lock.get(), &locked) != 0 || ::stat(path.c_str(), &found) != 0 ||
      locked.st_ino != found.st_ino || locked.st_dev != found.st_dev) {
    return Refuse(ErrorCode::kInUse, "Another process has just made this directory.");
  }
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(path, failed)) fs::remove_all(entry, failed);
  if (failed) return Refuse(ErrorCode::kIo, path.string() + ": " + failed.message() + ".");
  return GrowingDirectory(std::move(path), std::move(lock));
}

GrowingDirectory::~GrowingDirectory() {
  if (!lock_.open()) return;
  std::error_code ignored;  // the next Take drops it
  fs::remove_all(path_, ignored);
}

Status GrowingDirectory::Rename(const fs::path& data) {
  const bool exchange = fs::exists(data);
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, data.c_str(),
                  exchange ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0) {
    return Failed("Cannot give the new directory the name " + data.string());
  }
  if (!exchange) lock_ = Descriptor();
  const Descriptor parent(::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.open() || ::fsync(parent.get()) != 0) return Failed("Cannot sync the directory");
  return {};
}

}  // namespace latchkey::tools
