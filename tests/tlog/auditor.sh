#!/usr/bin/env bash
# auditor.sh LATCHKEY: an auditor who has the ledger's key follows one redemption of a registration key:
# the event and its proof are verified offline, by us and with the libraries of others, and with no byte
# changed. Then torchwood's client reads all entries through the tiles.
. "$(dirname "$0")/others.sh"

# verifies PROOF EVENT [VKEY]: as `latchkey verify` sees it, which asks no server.
verifies() {
  latchkey verify --proof "$1" --event "$2" --vkey "${3-@vkey}" > said.txt 2>&1 ||
    { (($? == 5)) || fail "verify does not end with 5: $(< said.txt)"; return 1; }
}

# audit COMMAND …: our auditor, under the key of the ledger.
audit() { bin/tlog "$1" "$(< vkey)" "${@:2}" 2> said.txt; }

serve --gateways 127.0.0.1:0 --log-level warn
operate account open acme > opened.txt
for name in one two; do
  operate gateway add acme "$name" -o json | jq -r .key > key
  latchkey register --url "$(< ledger/run/gateways)" --key-file key --ca ledger/run/ca.crt --out "$name" \
    > registered.txt 2>&1 || fail "$name is not registered: $(< registered.txt)"
done
seq -f 'more-%.0f' 300 > names.txt
operate gateway add acme --from names.txt -o json > added.json 2> added.txt

operate token create auditor --role auditor --out token > created.txt 2>&1
by_auditor() { get "$1" --header "Authorization: Bearer $(< token)" "${@:2}"; }
by_auditor /v1/ledger | jq -r .vkey > vkey
mapfile -t redeemed < <(by_auditor '/v1/events?type=KeyRedeemed' | jq -r '.events[].sequence')
((${#redeemed[@]} == 2)) || fail "${#redeemed[@]} redemptions"
for sequence in "${redeemed[@]}"; do
  by_auditor "/v1/events/$sequence/entry" > "$sequence.entry"
  by_auditor "/v1/events/$sequence/proof" > "$sequence.proof"
done
one=${redeemed[0]}
other=${redeemed[1]}

verifies "$one.proof" "$one.entry" || fail "verify refuses it: $(< said.txt)"
! verifies "$one.proof" "$other.entry" || fail "verify takes another event"
bytes=$(stat --format %s "$one.entry")
for ((at = 0; at < bytes; at += 1 + bytes / 10)); do
  flip "$at" < "$one.entry" > changed
  ! verifies "$one.proof" changed || fail "verify takes it with byte $at changed"
done
bytes=$(stat --format %s "$one.proof")
for ((at = 0; at < bytes; at += 1 + bytes / 10)); do
  flip "$at" < "$one.proof" > changed
  ! verifies changed "$one.entry" || fail "verify takes a proof with byte $at changed"
done
echo "verify takes the redemption and nothing else"

compile .
[[ $(audit proof "$one.proof" "$one.entry") == "$one" ]] || fail "the others refuse it: $(< said.txt)"
! audit proof "$one.proof" "$other.entry" || fail "the others take another event"
mkdir entries
await is_published
count=$(SSL_CERT_FILE=ledger/run/ca.crt audit walk "$(< ledger/run/management)/tlog/" token entries) ||
  fail "torchwood does not read all entries: $(< said.txt)"
((count == $(about .size) && count > 512)) || fail "torchwood reads $count entries"
for sequence in "${redeemed[@]}"; do
  cmp "entries/$sequence" "$sequence.entry" || fail "entry $sequence is another one through the tiles"
done

# The key of somebody else, under the same name.
python3 -c 'import base64, hashlib, os, sys
name = sys.argv[1].split("+")[0]
key = b"\1" + os.urandom(32)
print(name, hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8], base64.b64encode(key).decode(), sep="+")' \
  "$(< vkey)" > other_vkey
! verifies "$one.proof" "$one.entry" @other_vkey || fail "verify takes another key"
! bin/tlog proof "$(< other_vkey)" "$one.proof" "$one.entry" 2> said.txt || fail "the others take another key"
stop
operate verify > verify.txt || fail "verify: $(< verify.txt)"
echo "the others take the redemption, and read all $count entries"
