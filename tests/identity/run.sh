#!/usr/bin/env bash
# run.sh LATCHKEY TEST…: people sign in to this binary through a certified OpenID provider. What it
# takes from npm lies beside it and is fetched when the lock file asks for something else, by one run
# at a time.
set -euo pipefail
binary=$(readlink -f "$1")
shift
cd "$(dirname "$(readlink -f "$0")")"
{
  flock 9
  if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --ignore-scripts
    cp package-lock.json node_modules/.installed
  fi
} 9< package.json
LATCHKEY=$binary exec node --test "${@/%/.test.mjs}"
