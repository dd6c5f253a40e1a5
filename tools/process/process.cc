#include "tools/process/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace latchkey::tools {
namespace {

constexpr mode_t kOwnerAlone = 077;

std::optional<mode_t> inherited;  // null: PrepareProcess was not called, as in tests

}  // namespace

void PrepareProcess() {
  inherited = ::umask(kOwnerAlone);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(standard, F_GETFD) >= 0 || errno != EBADF) continue;
    // An output that was closed must not look as if it had been written.
    const int mode = standard == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    // open returns the lowest free descriptor, and all below are in use.
    if (::open("/dev/null", mode) != standard) std::_Exit(EXIT_FAILURE);
  }
}

// Nearly every command holds keys, tokens or private keys in memory, and a core dump would write
// them to disk. Neither way alone is enough: a limit of 0 does not keep the kernel from handing a
// dump to a program such as systemd-coredump, and a process becomes dumpable again by taking
// another user's ids. Being not dumpable also closes /proc/PID/mem and ptrace to other processes of
// the same user; only root, or a process with CAP_SYS_PTRACE, can still look in. None of this
// affects programs that the process executes: the command of --run is as debuggable as ever, and
// can raise the limit again, of which only the soft one is lowered (rlim_max stays).
void ForbidCoreDumps() {
  rlimit core{};
  bool forbidden = ::getrlimit(RLIMIT_CORE, &core) == 0;
  core.rlim_cur = 0;
  forbidden = forbidden && ::setrlimit(RLIMIT_CORE, &core) == 0;
  forbidden = ::prctl(PR_SET_DUMPABLE, 0) == 0 && forbidden;
  if (!forbidden) std::fputs("latchkey: core dumps cannot be turned off.\n", stderr);
}

InheritedUmask::InheritedUmask() : ours_(::umask(kOwnerAlone)) {
  ::umask(inherited.value_or(ours_));
}

InheritedUmask::~InheritedUmask() { ::umask(ours_); }

}  // namespace latchkey::tools
