#!/usr/bin/env bash
# ledgers.sh LATCHKEY: this build opens the kept ledger of every released format (tests/golden/ledgers)
# and finds in it what the release found: root, history, gateways. Then it serves it, hears a gateway
# that registered then, extends the backup of then and restores it.
. "$(dirname "$0")/serving.sh"
kept=$(dirname "$(readlink -f "$0")")/golden/ledgers

# root_in FILE: what `verify` says of the ledger, without what it says of projections.
root_in() { grep -oE '[0-9]+ events, root [A-Za-z0-9+/=]+' "$1"; }

# holds OLD NEW: each object of OLD is in NEW at its place, with at least its members. Whether a key
# is active or expired depends on when one looks.
holds() {
  jq --exit-status --null-input --slurpfile old "$1" --slurpfile new "$2" '
    def items: map(.gateways? // [.]) | add | del(.[].registration_key?.state);
    ($old | items) as $old | ($new | items) as $new |
    ($old | length) as $count | $count > 0 and ($new | length) == $count and
    all(range($count); ($new[.] * $old[.]) == $new[.])' > holds.txt
}

# Nothing is written to the history.
look() {
  latchkey verify --data ledger > verify.txt || [[ $? == 1 ]]  # 1: projections of another version
  [[ $(root_in verify.txt) == $(root_in "$1/verify.txt") ]] ||
    fail "verify says $(< verify.txt), and it was $(< "$1/verify.txt")"
  latchkey replay --data ledger --beside
  serve --read-only
  latchkey history --data ledger -o json > history.jsonl
  holds "$1/history.jsonl" history.jsonl || fail "the history reads differently"
  latchkey gateway list --data ledger -o json > gateways.json
  holds "$1/gateways.json" gateways.json || fail "the gateways read differently"
  stop
}

work_on() {
  serve --gateways 127.0.0.1:0
  latchkey check-in --dir gateway --url "$(< ledger/run/gateways)"
  latchkey key generate "beta/Dépôt" --yes --data ledger
  latchkey gateway add acme "Of this build" --data ledger
  latchkey backup backup --data ledger --passphrase-file passphrase
  stop
  latchkey verify --data ledger
  latchkey replay --data ledger --check
}

# The backup as the release left it, and as this build has extended it.
restore() {
  latchkey restore "$1" --data "$2" --passphrase-file passphrase
  latchkey verify --data "$2"
}

for folder in "$kept"/*/; do
  folder=${folder%/}
  echo "---- the ledger kept as ${folder##*/}"
  mkdir "$work/${folder##*/}"
  cd "$work/${folder##*/}"
  tar -xJf "$folder/ledger.tar.xz" --no-same-owner
  cp -r backup backup-before
  look "$folder"
  work_on
  restore backup-before restored-before
  restore backup restored
done
echo "Every kept ledger opens."
