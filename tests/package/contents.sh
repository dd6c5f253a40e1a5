#!/usr/bin/env bash
# The package as a file: the same bytes each time, what is in it, how far its services are closed,
# and that its dashboard and alerts name metrics that exist.
. "$(dirname "$0")/parts.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$repository"
max_exposure=20  # in tenths, as systemd-analyze counts
services=(latchkey latchkey-agent latchkey-backup latchkey-drill latchkey-witness)

step "two packages of one binary are the same bytes"
package=$("$repository/package/build.sh" "$binary" "$work/one")
mkdir "$work/elsewhere"
again=$(umask 077 && cd / && TZ=Asia/Tokyo LC_ALL=C.UTF-8 TMPDIR=$work/elsewhere \
  "$repository/package/build.sh" "$binary" "$work/two")
cmp "$package" "$again"
version=$(sed -n 's/^project(latchkey VERSION \([^ ]*\).*/\1/p' CMakeLists.txt)
[[ ${package##*/} == "latchkey_${version}_$(dpkg --print-architecture).deb" ]] || fail "$package"

step "owners, modes, conffiles"
# Nothing lies below /var: what a purge must not delete is not the package's.
dpkg-deb --contents "$package" | awk '
  { path = $6; mode = path ~ /\/$/ ? "drwxr-xr-x" : path == "./usr/bin/latchkey" ? "-rwxr-xr-x" : "-rw-r--r--" }
  $1 != mode || $2 != "root/root" || path ~ /^\.\/var\// { print; bad = 1 }
  END { exit bad }' || fail "these should be otherwise"
dpkg-deb --extract "$package" "$work/root"
dpkg-deb --control "$package" "$work/control"
[[ $(< "$work/control/conffiles") == "$(cd "$work/root" && find etc -type f -printf '/%p\n' | sort)" ]] ||
  fail "not each file below /etc is a conffile"
for path in usr/share/bash-completion/completions/latchkey usr/share/zsh/vendor-completions/_latchkey \
  usr/share/fish/vendor_completions.d/latchkey.fish usr/share/man/man1/latchkey.1.gz \
  usr/share/doc/latchkey/copyright usr/share/doc/latchkey/changelog.gz; do
  [[ -s $work/root/$path ]] || fail "$path is missing"
done

step "the licences of what the console is made of"
while read -r name; do
  grep -qF -- "---- $name " "$work/root/usr/share/doc/latchkey/copyright" || fail "the licence of $name is missing"
done < <(jq -r '.dependencies | keys[]' web/package.json)

step "the program is stripped and knows no folder of this machine"
sections=$(readelf --sections --wide "$work/root/usr/bin/latchkey")
! grep -E '\.symtab|\.debug' <<< "$sections" || fail "it is not stripped"
! grep --only-matching --text --fixed-strings -e "$repository" "$work/root/usr/bin/latchkey" ||
  fail "it names the folder it was built in"

step "units"
# systemd looks for the targets that units name, and for the program, below one root.
cp -r /lib/systemd/system/*.target "$work/root/lib/systemd/system/"
mapfile -t units < <(cd package/systemd && printf '%s\n' *.service *.timer)
problems=$(systemd-analyze verify --man=no --recursive-errors=no --root="$work/root" "${units[@]}" 2>&1) ||
  fail "systemd-analyze verify: $problems"
[[ ! $problems ]] || fail "systemd-analyze verify: $problems"
for service in "${services[@]}"; do
  systemd-analyze security --offline=true --no-pager --threshold="$max_exposure" \
    "package/systemd/$service.service" | tail -1
done
[[ ${#services[@]} == "$(find package/systemd -name '*.service' | wc -l)" ]] || fail "a service was not looked at"
while read -r page; do
  case $page in
    man:*) page=usr/share/man/man1/${page#man:} page=${page%(1)}.1.gz ;;
    file://*) page=${page#file:///} ;;
  esac
  [[ -s $work/root/$page ]] || fail "a unit names $page, which is not in the package"
done < <(sed -n 's/^Documentation=//p' package/systemd/* | tr ' ' '\n')
while read -r unit; do
  [[ -s package/systemd/$unit ]] || fail "the preset names $unit, which is not in the package"
done < <(sed -n 's/^disable //p' package/systemd/latchkey.preset)
[[ $(grep -c '^disable' package/systemd/latchkey.preset) == "$(grep -l '^\[Install\]' package/systemd/* | wc -l)" ]] ||
  fail "the preset lacks a unit that can be enabled"

step "metrics that the dashboard and the alerts name"
jq --exit-status '.panels | length > 0' package/grafana/latchkey.json > /dev/null
# Names in the text of an alert are not metrics, hence only lines that hold an expression.
grep -hE '"expr"|^ +expr:' package/grafana/latchkey.json package/prometheus/latchkey.rules.yml |
  grep -oE 'latchkey_[a-z0-9_]+' | sort -u > "$work/named"
(($(wc -l < "$work/named") > 20)) || fail "only these metrics were found: $(< "$work/named")"
while read -r name; do
  grep -qF "\"$name\"" api/metrics.cc || grep -qF "\"${name%_bucket}\"" api/metrics.cc ||
    fail "there is no metric $name"
done < "$work/named"
while read -r label; do
  grep -qF "$label" api/metrics.cc || fail "there is no series with $label"
done < <(grep -ohE 'what=\\?"[a-z_]+' package/grafana/latchkey.json package/prometheus/latchkey.rules.yml |
  sed 's/.*"/"/; s/$/"/' | sort -u)

echo "The package is as it should be: $(stat -c %s "$package") bytes."
