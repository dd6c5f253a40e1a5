// Corrects what a process inherits from its parent, before it does anything else.
#pragma once

#include <sys/types.h>

namespace latchkey::tools {

// Opens standard input, output and error on /dev/null where they are closed; otherwise the next
// opened file would take their place and receive the log lines. Writing to a standard output that
// was closed still fails. Files made from here on are for
// their owner alone (umask 077). Called once, first in main; ends the process when it cannot.
void PrepareProcess();

// Keeps the kernel from writing this process's memory to disk when it crashes. Call it again after
// taking another user's ids.
void ForbidCoreDumps();

// While it lives, files are made with the umask that the process was started with: for files that
// belong to others, such as those of a command that is run. The umask is the whole process's, so
// only a command with one thread may use it.
class InheritedUmask {
 public:
  InheritedUmask();
  ~InheritedUmask();
  InheritedUmask(const InheritedUmask&) = delete;
  InheritedUmask& operator=(const InheritedUmask&) = delete;

 private:
  mode_t ours_;
};

}  // namespace latchkey::tools
