#!/usr/bin/env bash
# The same commit, built again in another folder and without the compiler's cache, is the same package.
. "$(dirname "$0")/parts.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$repository"
changed=$(git status --porcelain)
[[ ! $changed ]] || fail "commit first, for a clone has only what is committed: $changed"
first=$(./dev package)
git clone --quiet . "$work/an/other/folder"
second=$(cd "$work/an/other/folder" && CCACHE_DISABLE=1 ./dev package)
cmp "$first" "$second"
sha256sum "$first" "$second"
