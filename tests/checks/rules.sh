#!/usr/bin/env bash
# House rules that can be read off the text.
. "$(dirname "$0")/sources.sh"

max_lines=500

# each PATTERN WHAT FILE…: one finding for every line that matches.
each() {
  local pattern=$1 what=$2 file line
  shift 2
  (($#)) || return 0
  while IFS=: read -r file line _; do
    finding "$file:$line" "$what"
  done < <(grep -nHE "$pattern" "$@" || true)
}

mapfile -t code < <(sources '*.h' '*.cc' '*.proto')
mapfile -t all < <(sources '*.h' '*.cc' '*.proto' '*.sh' '*.cmake' 'CMakeLists.txt' '*.md' dev run |
  grep -v '^tests/checks/rules.sh$')
mapfile -t headers < <(sources '*.h')
mapfile -t domain < <(find core/domain -name '*.h' -o -name '*.cc' | LC_ALL=C sort)
mapfile -t tests < <(find tests -name '*.cc' | LC_ALL=C sort)

each '\b(TODO|FIXME|XXX|HACK)\b' "finish it, or say why it is so" "${all[@]}"
each 'DISABLED_|GTEST_SKIP' "a test runs or goes" "${tests[@]}"
each '^[[:space:]]*default:' "domain code names every case, so that the compiler finds the missing one" \
  "${domain[@]}"
each '[[:space:]]+$' "white space at the end of the line" "${all[@]}"
each $'\t' "a tab" "${code[@]}"
each '\busing namespace std;' "names come with std::" "${code[@]}"
each '\bsleep_for\(|\bsleep\(' "wait for what is awaited, not for time" "${tests[@]}"
each 'NOLINT' "write it so that the tools agree" "${code[@]}"

for file in "${code[@]}"; do
  lines=$(wc -l < "$file")
  ((lines <= max_lines)) || finding "$file:$lines" "more than $max_lines lines: split it"
done
for file in "${headers[@]}"; do
  grep -q '^#pragma once$' "$file" || finding "$file:1" "#pragma once is missing"
  [[ $(head -c 2 "$file") == // ]] || finding "$file:1" "begin with what this header promises"
done

# Every on-disk format and every subject of the README has its page.
for page in design architecture request_flow log_format events key_format access cli operations \
  threat_model glossary; do
  [[ -s docs/$page.md ]] || finding "docs/$page.md:1" "this page is missing"
done

conclude "rules"
