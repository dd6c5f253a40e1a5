#!/usr/bin/env bash
# tour.sh LATCHKEY: walks the tour of README.md with this binary in a temporary directory, printing
# each step. The steps are the README's own blocks, so that what it says is what works.
set -euo pipefail
readme=$(dirname "$(readlink -f "$0")")/../README.md
binary=$(readlink -f "$1")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  echo 'set -euo pipefail'
  echo "trap 'kill \$(jobs -p) 2> /dev/null || true; wait' EXIT"
  echo 'set -v'
  awk '
    /^<!-- tour -->$/ { tour = 1 }
    /^<!-- end of tour -->$/ { tour = 0 }
    !tour { next }
    /^### / { printf "\n# ---- %s\n", substr($0, 5) }
    /^```/ { block = $0 == "```sh"; next }
    block { print }
  ' "$readme"
  echo 'set +v'
} > "$work/steps"

PATH=$(dirname "$binary"):$PATH TMPDIR=$work bash "$work/steps" 2>&1
echo
echo "The tour ends well."
