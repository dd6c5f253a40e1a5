#!/usr/bin/env bash
# Every threat that docs/threat_model.md answers names tests, and they are there.
. "$(dirname "$0")/sources.sh"

page=docs/threat_model.md
named='`[a-z0-9_/]+(\.cc: [A-Za-z0-9]+\.[A-Za-z0-9]+|\.test\.mjs: [^`]+)`'

# has FILE NAME: whether the file has that test: Suite.Name, which may be broken behind its comma, or
# a sentence in a test of Node.
has() {
  [[ -f tests/$1 ]] || return
  case $1 in
    *.cc) tr -s ' \n' ' ' < "tests/$1" | grep -qE "TEST(_F|_P)?\(${2/./, }\)" ;;
    *) grep -qF "test('$2'" "tests/$1" ;;
  esac
}

mapfile -t rows < <(sed -n '/^<!-- threats -->$/,/^<!-- end of threats -->$/p' "$page" |
  grep -E '^\|' | grep -vE '^\| threat \||^\|(---\|)+$' || true)
((${#rows[@]})) || finding "$page:1" "there is no table of threats"

for row in "${rows[@]}"; do
  line=$(grep -nF -m1 -- "$row" "$page" | cut -d: -f1)
  mapfile -t tests < <(grep -oE "$named" <<< "$row" | tr -d '`' || true)
  ((${#tests[@]})) || finding "$page:$line" "no test shows this answer"
  for test in "${tests[@]}"; do
    has "${test%%: *}" "${test#*: }" || finding "$page:$line" "there is no test $test"
  done
done
conclude "threats"
