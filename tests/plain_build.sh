#!/usr/bin/env bash
# The release, one file at a time and without a precompiled header: every file includes what it uses, and the
# optimiser has nothing to warn of.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$(readlink -f "$0")")/.."
cmake --preset release -B build/plain -DLATCHKEY_CONSOLE=OFF
cmake --build build/plain --parallel "$(nproc)" --target latchkey
