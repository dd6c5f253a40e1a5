#!/usr/bin/env bash
# Every threat that docs/threat_model.md answers names tests, and they are there.
. "$(dirname "$0")/sources.sh"

page=docs/threat_model.md

mapfile -t rows < <(sed -n '/^<!-- threats -->$/,/^<!-- end of threats -->$/p' "$page" |
  grep -E '^\|' | grep -vE '^\| threat \||^\|(---\|)+$' || true)
((${#rows[@]})) || finding "$page:1" "there is no table of threats"

for row in "${rows[@]}"; do
  line=$(grep -nF -m1 -- "$row" "$page" | cut -d: -f1)
  mapfile -t tests < <(named_tests - <<< "$row" | tr -d '`' || true)
  ((${#tests[@]})) || finding "$page:$line" "no test shows this answer"
  for test in "${tests[@]}"; do
    has_test "${test%%: *}" "${test#*: }" || finding "$page:$line" "there is no test $test"
  done
done
conclude "threats"
