#!/usr/bin/env bash
# The code is laid out as .clang-format says, and that of the console and of the tests that Node runs
# as .prettierrc.json says. With --fix, lays it out.
. "$(dirname "$0")/sources.sh"

cmake/npm_packages.sh web
prettier=web/node_modules/.bin/prettier
mapfile -t files < <(sources '*.h' '*.cc' '*.proto')
mapfile -t scripts < <(sources '*.ts' '*.tsx' '*.js' '*.mjs' '*.css' '*.html')
if [[ ${1-} == --fix ]]; then
  clang-format -i "${files[@]}"
  "$prettier" --log-level warn --write "${scripts[@]}"
  exit
fi
while IFS= read -r where; do
  finding "$where" "run ./dev format"
done < <(clang-format --dry-run "${files[@]}" 2>&1 |
  sed -nE 's/^([^:]+:[0-9]+):[0-9]+: (warning|error): .*/\1/p' | uniq)

found=$("$prettier" --list-different "${scripts[@]}") || (($? == 1)) ||
  finding web "Prettier could not read all of it"
while IFS= read -r file; do
  [[ ! $file ]] || finding "$file:1" "run ./dev format"
done <<< "$found"
conclude "layout"
