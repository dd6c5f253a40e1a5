#include "tools/process/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace latchkey::tools {

Result<FileLock> FileLock::Take(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (opened < 0) {
    const std::string reason = std::system_category().message(errno);
    return Refuse(ErrorCode::kIo, "Cannot open the lock " + file.string() + ": " + reason + ".");
  }
  FileLock taken(opened);
  if (::flock(opened, LOCK_EX | LOCK_NB) != 0) {
    return Refuse(ErrorCode::kInUse, file.string() + " is locked by another process.");
  }
  return taken;
}

FileLock::~FileLock() {
  if (opened_ >= 0) ::close(opened_);
}

}  // namespace latchkey::tools
