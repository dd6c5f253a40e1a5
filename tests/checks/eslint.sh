#!/usr/bin/env bash
# ESLint finds no likely mistake in the console and in the tests that Node runs
# (web/eslint.config.js).
. "$(dirname "$0")/sources.sh"

cmake/npm_packages.sh web
# The types of the API, as the build makes them.
[[ web/src/api/schema.d.ts -nt api/openapi.yaml ]] || (cd web && npm run --silent types >&2)

found=$(web/node_modules/.bin/eslint --config web/eslint.config.js --max-warnings 0 \
  --format ./tests/checks/eslint_lines.mjs web tests) || (($? == 1)) ||
  finding web/eslint.config.js "ESLint could not run"
while IFS= read -r line; do
  [[ ! $line ]] || finding "${line%%: *}" "${line#*: }"
done <<< "$found"
conclude "eslint"
