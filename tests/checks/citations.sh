#!/usr/bin/env bash
# Comments, tests, scripts and pages cite only what is in the tree: pages by their path, perhaps with
# a heading (#like-this) or a numbered section (§4), and tests by their name.
. "$(dirname "$0")/sources.sh"

mapfile -t files < <(sources '*.h' '*.cc' '*.proto' '*.sh' '*.cmake' 'CMakeLists.txt' '*.md' \
  '*.yaml' '*.ts' '*.tsx' '*.js' '*.mjs' '*.css' '*.html' 'package.json' 'dev.packages' dev run |
  grep -v '^tests/checks/citations\.sh$')
mapfile -t pages < <(sources '*.md')
export LC_ALL=C

# headings PAGE: what its headings are linked as, one a line; of two alike the second ends in -1.
headings() {
  awk '/^```/ { code = !code } !code && sub(/^#+ +/, "") { print tolower($0) }' "$1" |
    sed -E 's/[^a-z0-9_ -]//g; s/ /-/g' |
    awk '{ print n[$0]++ ? $0 "-" n[$0] - 1 : $0 }'
}

declare -A known
# has_heading PAGE HEADING
has_heading() {
  [[ -v known[$1] ]] || known[$1]=$'\n'$(headings "$1")$'\n'
  [[ ${known[$1]} == *$'\n'"$2"$'\n'* ]]
}

# in_tree PATH: whether it is there, and not outside.
in_tree() {
  [[ -e $1 && ! ($1 == *..* && $(realpath --relative-to=. "$1") == ..*) ]]
}

# find_page FILE NAME: sets `page` to what FILE cites as NAME, by a path from the root or from FILE;
# a name alone is also that of a page in docs/ or api/.
find_page() {
  local candidates=("$2" "$(dirname "$1")/$2")
  [[ $2 == */* ]] || candidates+=("docs/$2" "api/$2")
  for page in "${candidates[@]}"; do
    ! in_tree "$page" || return 0
  done
  return 1
}

# Links from page to page, relative to the page that holds them.
while IFS=: read -r file line link; do
  target=${link#*](}
  target=${target%)}
  [[ $target != *://* ]] || continue
  page=$(dirname "$file")/${target%%#*}
  [[ ${target%%#*} ]] || page=$file
  if ! in_tree "$page"; then
    finding "$file:$line" "a link to nothing: $target"
  elif [[ $target == *#* ]] && ! has_heading "$page" "${target#*#}"; then
    finding "$file:$line" "a link to no heading: $target"
  fi
done < <(grep -nHoE '\]\([^)]+\)' "${pages[@]}" || true)

# Pages by name, in any file. A name behind `](` is a link, which was checked above; a name with a
# placeholder or a scheme in it is not that of a page of the tree.
page_name='[A-Za-z0-9_./:*$<>{}-]*[A-Za-z0-9_*>}-]\.(md|yaml)\b'
section=' §[0-9]+((,| and| or|, and) §[0-9]+)*'
while IFS=: read -r file line cited; do
  [[ ! $cited =~ ^\]\(|[*\$\<\>{}]|:// ]] || continue
  [[ $cited =~ ^([^#\ ]+)(#[^ ]+)?(.*)$ ]]
  name=${BASH_REMATCH[1]##*:} heading=${BASH_REMATCH[2]#?} sections=${BASH_REMATCH[3]//[!0-9]/ }
  find_page "$file" "${name#/}" || { finding "$file:$line" "there is no page $name"; continue; }
  [[ ! $heading ]] || has_heading "$page" "$heading" ||
    finding "$file:$line" "$page has no heading #$heading"
  for number in $sections; do
    grep -qE "^#+ $number\. " "$page" || finding "$file:$line" "$page has no section §$number"
  done
done < <(grep -nHoE "(\]\()?$page_name(#[A-Za-z0-9_-]+|$section)?" "${files[@]}" || true)

# Sections of a page that is named by a word in capitals alone. Standards have a number before §.
while IFS=: read -r file line cited; do
  finding "$file:$line" "cite the page by its path, not as $cited"
done < <(grep -nHoE '\bDESIGN\b( §[0-9]+)?|\b[A-Z]{2,} §[0-9]+' "${files[@]}" || true)

# Tests that pages name. threats.sh checks those of the threats.
while IFS=: read -r file line test; do
  test=${test//\`/}
  has_test "${test%%: *}" "${test#*: }" || finding "$file:$line" "there is no test $test"
done < <(named_tests -nH "${pages[@]}" | grep -v '^docs/threat_model.md:' || true)

conclude "citations"
