#!/usr/bin/env bash
# ShellCheck finds nothing in any script: all that begin with #! and a shell, and what they source.
. "$(dirname "$0")/sources.sh"

mapfile -t scripts < <({
  sources '*.sh'
  sources '*' | xargs -d '\n' awk 'FNR == 1 && /^#!.*[\/ ](ba)?sh( |$)/ { print FILENAME } { nextfile }'
} | LC_ALL=C sort -u)
found=$(shellcheck --format gcc "${scripts[@]}") || (($? == 1)) ||
  finding .shellcheckrc "ShellCheck could not read all of it"
while IFS=: read -r file line _ what; do
  [[ ! $file ]] || finding "$file:$line" "${what# }"
done <<< "$found"
conclude "shellcheck"
