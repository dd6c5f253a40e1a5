#!/usr/bin/env bash
# A Result or a Status that nobody looks at does not compile (core/base/result.h). Shown by compiling
# one that is looked at, and one that is not.
. "$(dirname "$0")/sources.sh"

# compile STATEMENT: within a function that has a Status and a Result at hand.
compile() {
  c++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I. -x c++ - <<TEXT
#include "core/base/error.h"
latchkey::Status Check();
latchkey::Result<int> Read();
bool Use() {
  $1
  return true;
}
TEXT
}

for good in 'if (!Check()) return false;' 'if (latchkey::Result<int> read = Read(); !read) return false;'; do
  compile "$good" >&2 || finding tests/checks/results.sh "this must compile: $good"
done
for dropped in 'Check();' 'Read();'; do
  if errors=$(compile "$dropped" 2>&1) || [[ $errors != *nodiscard* ]]; then
    finding core/base/result.h "this must not compile: $dropped"
  fi
done

conclude "results"
