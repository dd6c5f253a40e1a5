#!/usr/bin/env bash
# build.sh BINARY FOLDER: makes FOLDER/latchkey_VERSION_ARCHITECTURE.deb with this binary of latchkey,
# and prints its path. Equal commits and binaries give equal bytes, on every machine: names are
# sorted, owners are root, and no time is later than the commit's ($SOURCE_DATE_EPOCH, if it is set).
set -euo pipefail
shopt -s inherit_errexit
umask 022
export LC_ALL=C TZ=UTC
binary=$(readlink -f "$1")
mkdir -p "$2"
folder=$(readlink -f "$2")
cd "$(dirname "$(readlink -f "$0")")/.."

version=$("$binary" --version)
version=${version##* }
architecture=$(dpkg --print-architecture)
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# put MODE FROM TO: FROM as /TO of the package.
put() { install -D -m "$1" "$2" "$root/$3"; }

# fill FILE NAME=TEXT…: FILE with each @NAME@ replaced.
fill() {
  local text pair
  text=$(< "$1")
  shift
  for pair in "$@"; do
    text=${text//"@${pair%%=*}@"/"${pair#*=}"}
  done
  printf '%s\n' "$text"
}

put_program() {
  put 755 "$binary" usr/bin/latchkey
  strip --remove-section=.comment --remove-section=.note "$root/usr/bin/latchkey"
  "$binary" help --man "$work/man"
  local page
  for page in "$work"/man/*; do
    put 644 "$page" "usr/share/man/man1/${page##*/}"
  done
  "$binary" completion bash > "$work/bash"
  "$binary" completion zsh > "$work/zsh"
  "$binary" completion fish > "$work/fish"
  put 644 "$work/bash" usr/share/bash-completion/completions/latchkey
  put 644 "$work/zsh" usr/share/zsh/vendor-completions/_latchkey
  put 644 "$work/fish" usr/share/fish/vendor_completions.d/latchkey.fish
}

put_service() {
  local unit
  for unit in package/systemd/*.service package/systemd/*.timer; do
    put 644 "$unit" "lib/systemd/system/${unit##*/}"
  done
  put 644 package/systemd/latchkey.preset lib/systemd/system-preset/50-latchkey.preset
  put 644 package/latchkey.conf etc/latchkey/latchkey.conf
  put 644 package/witness.conf etc/latchkey/witness.conf
  put 644 package/prometheus/latchkey.rules.yml usr/share/latchkey/prometheus/latchkey.rules.yml
  put 644 package/grafana/latchkey.json usr/share/latchkey/grafana/latchkey.json
}

# The licences of what the console is made of, as its packages state them. Debian has Apache's text.
licences() {
  local path version licence text
  cmake/npm_packages.sh web >&2
  cat package/copyright
  while IFS=$'\t' read -r path version licence; do
    printf '\n---- %s %s (%s)\n' "${path#node_modules/}" "$version" "$licence"
    [[ $licence != Apache-2.0 ]] || continue
    for text in "web/$path"/{LICENSE,LICENSE.txt,license}; do
      [[ ! -f $text ]] || { echo; cat "$text"; break; }
    done
  done < <(jq -r '.packages | to_entries[] | select(.key != "" and (.value.dev | not)) |
    [.key, .value.version, .value.license] | @tsv' web/package-lock.json)
}

# The pages as they lie in the tree, so that their links lead somewhere.
put_pages() {
  local doc=usr/share/doc/latchkey page
  for page in README.md docs/*.md docs/screenshots/gateways-light.png api/openapi.yaml; do
    put 644 "$page" "$doc/$page"
  done
  put 644 CHANGELOG.md "$doc/CHANGELOG.md"
  licences > "$work/copyright"
  put 644 "$work/copyright" "$doc/copyright"
  fill package/changelog.in version="$version" maintainer="$maintainer" \
    date="$(date -R -d "@$SOURCE_DATE_EPOCH")" > "$work/changelog"
  put 644 "$work/changelog" "$doc/changelog"
  gzip -9n "$root/$doc/changelog" "$root/$doc/CHANGELOG.md" "$root"/usr/share/man/man1/*
}

# The libraries that the program was linked with, and their packages' versions.
dependencies() {
  mkdir -p "$work/debian"
  printf 'Source: latchkey\n\nPackage: latchkey\nArchitecture: any\n' > "$work/debian/control"
  (cd "$work" && dpkg-shlibdeps -O root/usr/bin/latchkey) | sed -n 's/^shlibs:Depends=//p'
}

# In KiB, each file rounded up and each folder as one, whatever the file system needs.
installed_size() {
  find "$root" -type f -printf '%s\n' -o -printf '1\n' |
    awk '{ size += int(($1 + 1023) / 1024) } END { print size }'
}

put_control() {
  local script
  mkdir "$root/DEBIAN"
  fill package/control.in version="$version" architecture="$architecture" \
    maintainer="$maintainer" size="$1" depends="$2" > "$root/DEBIAN/control"
  for script in postinst prerm postrm; do
    put 755 "package/$script" "DEBIAN/$script"
  done
  printf '%s\n' /etc/latchkey/latchkey.conf /etc/latchkey/witness.conf > "$root/DEBIAN/conffiles"
  (cd "$root" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
}

maintainer='Latchkey maintainers <maintainers@latchkey.example>'
put_program
put_service
put_pages
depends=$(dependencies)
put_control "$(installed_size)" "$depends"
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
package=$folder/latchkey_${version}_$architecture.deb
# Under its name it is whole.
dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$package.new" >&2
mv "$package.new" "$package"
echo "$package"
