#!/usr/bin/env bash
# The package in a root of Debian 12 without systemd: installed, installed again, removed, purged
# beside a ledger, and purged without. Prometheus reads its alerts.
. "$(dirname "$0")/parts.sh"
take_root "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
package=$("$repository/package/build.sh" "$binary" "$work")

step "a root of Debian 12"
debian "$root"

step "it installs, with what it depends on, and nothing runs"
install_into "$root" "$package"
inside "$root" latchkey --version
inside "$root" dpkg --verify latchkey
file_in "$root" /var/lib/latchkey 700 latchkey
file_in "$root" /var/lib/latchkey-agent 700 latchkey-agent
file_in "$root" /var/lib/latchkey-witness 700 latchkey-witness
file_in "$root" /etc/latchkey/latchkey.conf 644 root
file_in "$root" /etc/latchkey/witness.conf 644 root
links=$(find "$root/etc/systemd" -name 'latchkey*')
[[ ! $links ]] || fail "these units are enabled: $links"

# A log as docs/epochs.md has it.
some_log=latchkey/6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c6c/cnjpasb5cnjpasb5+4293029d+AW9vb29vb29vb29vb29vb29vb29vb29vb29vb29vb29v

# as_latchkey COMMAND…: runs it as the user whose the ledger is.
as_latchkey() { inside "$root" setpriv --reuid=latchkey --regid=latchkey --clear-groups "$@"; }

step "its configuration serves, once someone asks for it"
# shellcheck disable=SC2016  # for the inner shell
as_latchkey sh -ec '
  printf "management = 127.0.0.1:0\ngateways = 127.0.0.1:0\n" > /tmp/latchkey.conf
  sed "s/^#name = .*/name = gateways.example.net/" /etc/latchkey/latchkey.conf >> /tmp/latchkey.conf
  latchkey serve --data /var/lib/latchkey --config /tmp/latchkey.conf 2> /tmp/log & server=$!
  until latchkey whoami --data /var/lib/latchkey 2> /dev/null; do kill -0 $server; sleep 0.1; done
  latchkey account open acme --data /var/lib/latchkey
  kill $server
  wait $server'

step "so does that of a witness, once it knows a log"
# shellcheck disable=SC2016  # for the inner shell
inside "$root" setpriv --reuid=latchkey-witness --regid=latchkey-witness --clear-groups sh -ec '
  ! latchkey witness --data /var/lib/latchkey-witness --config /etc/latchkey/witness.conf 2> /tmp/why || exit 1
  grep -F -- --log /tmp/why
  sed "s/^listen = .*/listen = 127.0.0.1:0/; s,^#name = .*,name = witness.example.net," \
    /etc/latchkey/witness.conf > /tmp/witness.conf
  echo "log = $1" >> /tmp/witness.conf
  latchkey witness --data /var/lib/latchkey-witness --config /tmp/witness.conf > /tmp/said & witness=$!
  until grep -F "is the witness witness.example.net" /tmp/said; do kill -0 $witness; sleep 0.1; done
  kill $witness
  wait $witness' sh "$some_log"

step "a second installation and an upgrade keep what the operator has"
echo "name = ledger.example.net" >> "$root/etc/latchkey/latchkey.conf"
inside "$root" dpkg --install "/tmp/${package##*/}"
install_into "$root" "$(renumbered "$package" 99 "$work")"
grep -qx "name = ledger.example.net" "$root/etc/latchkey/latchkey.conf" || fail "the configuration changed"
as_latchkey latchkey verify --data /var/lib/latchkey

step "a removal keeps everything"
inside "$root" dpkg --remove latchkey
as_latchkey test -s /var/lib/latchkey/secrets/master-key
[[ -s $root/etc/latchkey/latchkey.conf ]] || fail "the configuration is gone"
[[ ! -e $root/usr/bin/latchkey ]] || fail "the program is still there"

step "a purge keeps the ledger and the witness, and says where they are"
inside "$root" dpkg --purge latchkey 2> "$work/purge"
grep -F "rm -r /var/lib/latchkey/" "$work/purge"
grep -F "rm -r /var/lib/latchkey-witness/" "$work/purge"
as_latchkey test -s /var/lib/latchkey/secrets/master-key
[[ -s $root/var/lib/latchkey-witness/identity ]] || fail "the witness is gone"
[[ ! -e $root/etc/latchkey && ! -e $root/var/lib/latchkey-agent ]] || fail "the purge left what it made"

step "an installation over that ledger finds it again, and a purge without one leaves nothing"
inside "$root" dpkg --install "/tmp/${package##*/}"
as_latchkey latchkey verify --data /var/lib/latchkey
rm -r "$root/var/lib/latchkey" "$root/var/lib/latchkey-witness"
inside "$root" dpkg --purge latchkey 2> "$work/purge"
[[ ! -s $work/purge && ! -e $root/var/lib/latchkey ]] || fail "the purge says: $(< "$work/purge")"

step "Prometheus reads the alerts, and they fire"
# Only promtool: the server of that package is not wanted here.
inside "$root" sh -c 'cd /tmp && apt-get download -q prometheus'
dpkg-deb --fsys-tarfile "$root"/tmp/prometheus_*.deb | tar -xf - -C "$root/tmp" ./usr/bin/promtool
cp "$repository/package/prometheus/latchkey.rules.yml" "$repository/tests/package/alerts.yml" "$root/tmp/"
inside "$root" /tmp/usr/bin/promtool check rules /tmp/latchkey.rules.yml
inside "$root" /tmp/usr/bin/promtool test rules /tmp/alerts.yml
echo "It installs, upgrades, goes and leaves the ledger."
