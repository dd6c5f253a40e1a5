#!/usr/bin/env bash
# The package under systemd, in a root of Debian 12 that is booted: its services work as closed as they
# are, an upgrade goes on serving, one that cannot start says what to do, and what a removal and a purge
# leave. The root has a network of its own.
. "$(dirname "$0")/parts.sh"
take_root "$@"
work=$(mktemp -d)
machine=''
# A container that is killed takes all its processes along.
trap '[[ ! $machine ]] || { kill -KILL "$leader"; wait "$machine" || true; }; rm -rf "$work"' EXIT
root=$work/root
data=/var/lib/latchkey
package=$("$repository/package/build.sh" "$binary" "$work")
earlier=$(renumbered "$package" 0.0.1 "$work")
later=$(renumbered "$package" 99.1 "$work")
latest=$(renumbered "$package" 99.2 "$work")

# on COMMAND…: runs it in the booted root.
on() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

# comes WHAT COMMAND…: waits for the command to succeed.
comes() {
  local what=$1 tries=0
  shift
  until "$@" > /dev/null 2>&1; do
    ((++tries < 600)) || { on journalctl --no-pager --lines 50; fail "$what never came"; }
    sleep 0.1
  done
}

# is STATE UNIT…: as systemctl says it, such as active or disabled.
is() {
  local state=$1 unit answer
  shift
  for unit in "$@"; do
    if [[ $state == *abled ]]; then answer=$(on systemctl is-enabled "$unit" || true)
    else answer=$(on systemctl is-active "$unit" || true); fi
    [[ $answer == "$state" ]] || { on journalctl --no-pager --unit "$unit"; fail "$unit is $answer, not $state"; }
  done
}

boot() {
  systemd-nspawn --quiet --directory="$root" --boot --private-network --register=no --keep-unit \
    --console=pipe > "$work/console" 2>&1 < /dev/null &
  machine=$!
  comes "the machine" pgrep --parent "$machine"
  leader=$(pgrep --parent "$machine")
  comes "the end of its boot" booted
}

booted() { [[ $(on systemctl is-system-running) == @(running|degraded) ]]; }

pid() { on systemctl show --property MainPID --value "$1"; }
latchkey() { on latchkey "$@" --data "$data"; }
cosigned() { grep -q "^— ${witness%%+*} " "$root$data/checkpoint"; }
green() { [[ $(latchkey gateway list -o json | jq -r '.gateways[0].status') == green ]]; }

step "a root of Debian 12 with systemd and an earlier version, booted"
debian "$root"
install_into "$root" systemd-sysv dbus "$earlier" > "$work/log" 2>&1 || fail "$(tail -20 "$work/log")"
cp "$package" "$later" "$latest" "$root/opt/"
boot

step "nothing runs before it is enabled"
is disabled latchkey.service latchkey-agent.service latchkey-witness.service latchkey-backup.timer \
  latchkey-drill.timer
is inactive latchkey.service latchkey-agent.service latchkey-witness.service latchkey-backup.timer \
  latchkey-drill.timer
on dpkg --install "/opt/${package##*/}"
is inactive latchkey.service latchkey-agent.service

step "the ledger is served, its backup taken and restored for proof, a gateway kept green"
on systemctl enable --now latchkey.service
latchkey whoami
latchkey account open acme
latchkey gateway add acme office > "$work/added"
key=$(grep -oE 'LK1-[A-Z0-9-]+' "$work/added")
fingerprint=$(grep -oE 'sha256:[0-9a-f]{64}' "$work/added")
on runuser -u latchkey-agent -- latchkey register --url https://127.0.0.1:8444 \
  --ca-fingerprint "$fingerprint" --key-file - --out /var/lib/latchkey-agent <<< "$key"
on systemctl enable --now latchkey-agent.service
comes "a green gateway" green
on install -m 600 /dev/stdin /etc/latchkey/passphrase <<< "not to be guessed"
on systemctl start latchkey-backup.service latchkey-drill.service
on systemctl enable --now latchkey-backup.timer latchkey-drill.timer

step "a witness cosigns the ledger"
# With this machine's curl, in the network of that one.
vkey=$(nsenter --target "$leader" --net curl --silent --show-error --cacert "$root$data/run/ca.crt" \
  -H "Authorization: Bearer $(< "$root$data/secrets/owner-token")" https://127.0.0.1:8443/v1/ledger |
  jq --raw-output .vkey)
echo "log = $vkey" >> "$root/etc/latchkey/witness.conf"
on systemctl enable --now latchkey-witness.service
witness=$(head -n 1 "$root/var/lib/latchkey-witness/identity")
echo "witness = $witness@http://127.0.0.1:8446" >> "$root/etc/latchkey/latchkey.conf"
on systemctl restart latchkey.service
comes "a cosignature" cosigned

step "the units are as closed in force as on paper"
for unit in latchkey latchkey-agent latchkey-backup latchkey-drill latchkey-witness; do
  on systemd-analyze security --no-pager --threshold=20 "$unit.service" | tail -1
done

step "an upgrade looks after the projections, and serves again"
before=$(pid latchkey.service)
agent=$(pid latchkey-agent.service)
on dpkg --install "/opt/${later##*/}" 2>&1 | tee "$work/upgrade"
grep -q "projections are of this version already" "$work/upgrade" || fail "it did not look at the projections"
is active latchkey.service latchkey-agent.service latchkey-backup.timer latchkey-drill.timer
[[ $(pid latchkey.service) != "$before" && $(pid latchkey-agent.service) != "$agent" ]] ||
  fail "the earlier version still runs"
latchkey gateway list
comes "a green gateway" green

step "an upgrade whose start fails says what to do, and is installed all the same"
on sh -c 'echo "no-such-option = 1" >> /etc/latchkey/latchkey.conf'
on dpkg --install "/opt/${latest##*/}" 2> "$work/failed" || fail "dpkg failed: $(< "$work/failed")"
grep -F "journalctl --unit latchkey.service" "$work/failed"
is failed latchkey.service
on dpkg --status latchkey > "$work/status"
grep -q "^Status: .* installed$" "$work/status" || fail "it is not installed: $(< "$work/status")"
grep -q "^Version: 99.2$" "$work/status" || fail "another version is installed: $(< "$work/status")"
on sed -i '/no-such-option/d' /etc/latchkey/latchkey.conf
on systemctl restart latchkey.service
latchkey whoami

step "an upgrade leaves a ledger stopped that its operator stopped"
on systemctl stop latchkey.service
on dpkg --install "/opt/${latest##*/}"
is inactive latchkey.service
is enabled latchkey.service

step "a restore by root, as docs/recovery.md has it, is served"
on systemctl stop latchkey-backup.timer latchkey-drill.timer latchkey.service
on mv "$data" "$data.lost"
on latchkey restore /var/lib/latchkey-backup --data "$data" --passphrase-file /etc/latchkey/passphrase \
  --checkpoint "$data.lost/checkpoint"
on systemctl start latchkey.service
latchkey registrations accept --all
[[ $(on stat -c %U "$data/secrets/master-key") == latchkey ]] || fail "the restored ledger is not latchkey's"

step "its secrets can come from credentials, as docs/operations.md has it"
on systemctl stop latchkey.service
on mkdir -p -m 700 /etc/credstore.encrypted /etc/systemd/system/latchkey.service.d
# shellcheck disable=SC2016  # for the inner shell
on sh -ec '
  cd /var/lib/latchkey/secrets
  echo "[Service]"
  for name in master-key ca.key ca.crt checkpoint.key; do
    systemd-creds encrypt --name=$name $name /etc/credstore.encrypted/latchkey.$name >&2
    shred -u $name
    echo "LoadCredentialEncrypted=$name:/etc/credstore.encrypted/latchkey.$name"
  done' > "$work/credentials.conf"
cp "$work/credentials.conf" "$root/etc/systemd/system/latchkey.service.d/"
on systemctl daemon-reload
on systemctl start latchkey.service
latchkey gateway list
on test ! -e "$data/secrets/master-key"

step "a removal stops everything and keeps the data; a purge keeps the ledger"
on dpkg --remove latchkey
for unit in latchkey latchkey-agent latchkey-witness; do
  [[ ! $(on systemctl is-active "$unit.service") == active ]] || fail "$unit still runs"
done
on dpkg --purge latchkey 2> "$work/purge"
for kept in "$data" /var/lib/latchkey-backup /var/lib/latchkey-agent /var/lib/latchkey-witness; do
  grep -F "rm -r $kept/" "$work/purge"
  on test -d "$kept"
done
links=$(find "$root/etc/systemd/system" -name 'latchkey*' -type l)
[[ ! $links ]] || fail "left: $links"
on test ! -e /etc/latchkey/latchkey.conf

step "an installation over that ledger is not enabled, and serves it again when it is"
on dpkg --install "/opt/${package##*/}"
is disabled latchkey.service
on systemctl start latchkey.service
latchkey gateway list
on systemctl stop latchkey.service
on runuser -u latchkey -- latchkey verify --data "$data"
echo "Under systemd it serves, upgrades, goes and leaves the ledger."
