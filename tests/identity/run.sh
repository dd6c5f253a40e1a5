#!/usr/bin/env bash
# run.sh LATCHKEY TEST…: people sign in to this binary through a certified OpenID provider. What it
# takes from npm lies beside it.
set -euo pipefail
binary=$(readlink -f "$1")
shift
cd "$(dirname "$(readlink -f "$0")")"
../../cmake/npm_packages.sh .
LATCHKEY=$binary exec node --test "${@/%/.test.mjs}"
