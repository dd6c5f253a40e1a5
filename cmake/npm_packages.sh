#!/usr/bin/env bash
# npm_packages.sh FOLDER: the packages that FOLDER/package-lock.json fixes are in its node_modules
# afterwards. Fetches them where they are older than what names them, by one run at a time.
set -euo pipefail
cd "$1"
exec 9< .
flock 9
installed=node_modules/.installed
[[ $installed -nt package.json && $installed -nt package-lock.json ]] && exit
fail() { echo "npm_packages.sh: $1" >&2; exit 1; }
command -v npm >/dev/null || fail "npm is missing: run ./dev check once, or install nodejs and npm"
npm ci --no-audit --no-fund --loglevel=error >&2 ||
  fail "npm could not fetch the packages of $1: see above; it needs its registry or a full cache"
touch "$installed"
