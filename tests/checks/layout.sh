#!/usr/bin/env bash
# The code is laid out as .clang-format says. With --fix, lays it out.
. "$(dirname "$0")/sources.sh"

mapfile -t files < <(sources '*.h' '*.cc' '*.proto')
if [[ ${1-} == --fix ]]; then
  clang-format -i "${files[@]}"
  exit
fi
while IFS= read -r where; do
  finding "$where" "run ./dev format"
done < <(clang-format --dry-run "${files[@]}" 2>&1 |
  sed -nE 's/^([^:]+:[0-9]+):[0-9]+: (warning|error): .*/\1/p' | uniq)
conclude "layout"
