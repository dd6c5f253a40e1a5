# shellcheck shell=bash
# Sourced by the checks: the C++ sources, and how findings are told.
set -euo pipefail
cd "$(dirname "$0")/../.."
layers=(events core projections api tools)

# sources PATTERN…: paths of the project's files with these name patterns, sorted; none that is made.
sources() {
  local pattern names=()
  for pattern in "$@"; do
    names+=(${names[0]+-o} -name "$pattern")
  done
  {
    find "${layers[@]}" web tests cmake docs package .ci \( -name node_modules -o -name dist -o -name schema.d.ts \) -prune \
      -o -type f \( "${names[@]}" \) -print
    find . -maxdepth 1 -type f \( "${names[@]}" \)
  } | sed 's|^\./||' | LC_ALL=C sort
}

# named_tests [OPTION…] FILE…: where a text names a test, as `grep -oE` with these options says it:
# between backticks, `file: Suite.Name`, or for a test of Node its sentence behind the colon.
named_tests() {
  grep -oE "$@" -e "\`[a-z0-9_/]+(\.cc: [A-Za-z0-9]+\.[A-Za-z0-9]+|\.test\.mjs: [^\`]+)\`"
}

# has_test FILE NAME: whether tests/FILE has that test; a line may be broken behind its comma.
has_test() {
  [[ -f tests/$1 ]] || return
  case $1 in
    *.cc) tr -s ' \n' ' ' < "tests/$1" | grep -qE "TEST(_F|_P)?\(${2/./, }\)" ;;
    *) grep -qF "test('$2'" "tests/$1" ;;
  esac
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
