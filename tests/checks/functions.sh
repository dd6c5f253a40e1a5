#!/usr/bin/env bash
# No function is longer than a screen. A table is no part of the function that holds it: labels of a
# switch do not count, nor does a list that is returned. Read off the layout (.clang-format): what
# begins behind so many spaces ends with a brace behind as many.
. "$(dirname "$0")/sources.sh"

max_lines=70

mapfile -t code < <(sources '*.h' '*.cc')
while IFS=: read -r file line lines name; do
  finding "$file:$line" "$name has $lines lines: at most $max_lines"
done < <(awk -v max="$max_lines" '
  function indent_of(text) { match(text, /^ */); return RLENGTH }
  # What a statement is called: its last name before the parameters.
  function name_of(text) {
    if (text ~ /^TEST/) return substr(text, 1, index(text, ")"))
    sub(/\(.*/, "", text)
    sub(/.* [*&]?/, "", text)
    return text
  }
  FNR == 1 { head = ""; inside = 0 }
  inside {  # a function or a list of values, up to the brace that ends it
    if (/^ *return {$/ && indent_of($0) == indent + 2) listing = 1
    if (!listing && !/^ *case .*:$/) ++lines
    if (listing && /^ *};$/ && indent_of($0) == indent + 2) listing = 0
    if (/^ *}/ && indent_of($0) == indent) {
      if (is_function && lines > max) print FILENAME ":" start ":" lines ":" name_of(head)
      inside = 0
      head = ""
    }
    next
  }
  /^ *(\/\/|#|$)/ || /^ *(public|private|protected):$/ || /^template <[^;{(]*>$/ { next }
  head == "" { head = $0; start = FNR; indent = indent_of($0) }
  head != $0 { head = head " " $0 }
  { sub(/ *\/\/.*$/, "") }
  /{$/ {
    is_container = head ~ /^ *(template <.*> )?(inline )?(namespace|class|struct|union|enum|extern "C") ?[^(]*{$/ ||
                   head ~ /^ *extern "C" {$/
    if (is_container) {
      head = ""
      next
    }
    inside = 1
    listing = 0
    lines = FNR - start + 1
    is_function = head ~ /\(/ && head !~ /= *{$/ && head !~ /^INSTANTIATE_/
    next
  }
  /[;}]$/ { head = "" }
' "${code[@]}")
conclude "functions"
