#include "tools/process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

namespace latchkey::tools {
namespace {

constexpr mode_t kOwnerAlone = 077;

std::optional<mode_t> inherited;  // nothing: PrepareProcess was not called, as in tests

}  // namespace

void PrepareProcess() {
  inherited = ::umask(kOwnerAlone);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(standard, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free, and those below are taken.
    if (::open("/dev/null", O_RDWR) != standard) std::_Exit(EXIT_FAILURE);
  }
}

InheritedUmask::InheritedUmask() : ours_(::umask(kOwnerAlone)) {
  ::umask(inherited.value_or(ours_));
}

InheritedUmask::~InheritedUmask() { ::umask(ours_); }

}  // namespace latchkey::tools
