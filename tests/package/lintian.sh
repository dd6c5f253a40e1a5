#!/usr/bin/env bash
# Lintian, Debian's judge of packages, finds no error in ours. It is run in a root of its own, because
# it brings a hundred packages along.
. "$(dirname "$0")/parts.sh"
take_root "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=$("$repository/package/build.sh" "$binary" "$work")
debian "$work/root"
install_into "$work/root" lintian > /dev/null
cp "$package" "$work/root/tmp/"
inside "$work/root" lintian --allow-root --fail-on error "/tmp/${package##*/}"
