// A broken invariant stops the process: going on could write events that cannot be taken back.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace latchkey {

// Stops the process with `what` on standard error unless `holds`, also in release builds.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "latchkey: broken invariant: %s\n", what);
  std::abort();
}

}  // namespace latchkey
