# Sourced by the checks: the C++ sources, and how findings are told.
set -euo pipefail
cd "$(dirname "$0")/../.."
layers=(events core projections api tools)

# sources PATTERN…: paths of the project's files with these name patterns, sorted.
sources() {
  local pattern names=()
  for pattern in "$@"; do
    names+=(${names[0]+-o} -name "$pattern")
  done
  {
    find "${layers[@]}" tests cmake docs .ci -name node_modules -prune -o -type f \( "${names[@]}" \) -print
    find . -maxdepth 1 -type f \( "${names[@]}" \)
  } | sed 's|^\./||' | LC_ALL=C sort
}

findings=0
# finding WHERE WHAT: one line, as compilers write them.
finding() {
  echo "$1: $2"
  findings=$((findings + 1))
}

# conclude WHAT: says how it went; the exit code of the check.
conclude() {
  if ((findings)); then
    echo "$1: $findings found"
    return 1
  fi
  echo "$1: fine"
}
