#include "tools/process/scratch_directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

namespace latchkey::tools {
namespace {

Error NoRoom(const std::filesystem::path& parent) {
  return Refuse(ErrorCode::kIo, "No temporary directory can be made in " + parent.string() + ": " +
                                    std::system_category().message(errno) + ".");
}

// In a session of its own, so that no terminal interrupts it, and with no other file open, so that
// it holds no lock or output of its parent.
[[noreturn]] void RemoveOnceClosed(const std::filesystem::path& path, int pipe) {
  ::setsid();
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) std::signal(signal, SIG_IGN);
  ::dup2(pipe, STDIN_FILENO);
  ::close_range(STDOUT_FILENO, ~0U, 0);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
  ::_exit(0);
}

}  // namespace

Result<ScratchDirectory> ScratchDirectory::Make(const std::filesystem::path& parent,
                                                std::string_view name) {
  std::string made = (parent / (std::string(name) + "-XXXXXX")).string();
  if (::mkdtemp(made.data()) == nullptr) return NoRoom(parent);
  const std::filesystem::path path = std::filesystem::absolute(made);
  int ends[2] = {};
  const pid_t remover = ::pipe2(ends, O_CLOEXEC) == 0 ? ::fork() : -1;
  if (remover < 0) {
    const Error failed = NoRoom(parent);
    ::rmdir(path.c_str());
    return failed;
  }
  if (remover == 0) RemoveOnceClosed(path, ends[0]);
  ::close(ends[0]);
  return ScratchDirectory(path, ends[1], remover);
}

ScratchDirectory::~ScratchDirectory() {
  if (held_ < 0) return;
  ::close(held_);
  while (::waitpid(remover_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace latchkey::tools
