#!/usr/bin/env bash
# make.sh LATCHKEY FOLDER: makes a kept ledger for tests/ledgers.sh with this build, run once for each
# release that changes a format. FOLDER gets the archive and what the release said about it.
#
# The ledger has two epochs, two CAs, two master keys, and events of every kind that the command line
# can cause. Beside it are a backup, and the directory of a gateway that is registered.
. "$(dirname "$0")/../../serving.sh"
mkdir -p "$2"
folder=$(readlink -f "$2")
gateways=(--gateways 127.0.0.1:0 --certificate-lifetime 3600d)
cd "$work"

# install GATEWAY DIR [OPTION…]: registers it with its active key.
install() {
  latchkey key show "$1" --data ledger > key.txt
  latchkey register --url "$(< ledger/run/gateways)" --ca ledger/run/ca.crt --key-file key.txt \
    --out "$2" --version 1.0 "${@:3}"
}

first_epoch() {
  latchkey account open acme --data ledger
  latchkey account open beta --data ledger
  latchkey gateway add acme "Head office" --label site:Lyon --note "second floor" --data ledger
  latchkey gateway add acme Kiosk --primary "acme/Head office" --data ledger
  latchkey gateway add beta Depot --data ledger
  latchkey gateway add beta Removed --data ledger
  install "acme/Head office" gateway
  install "acme/Head office" thief 2> refused.txt || [[ $? == 10 ]]
  install acme/Kiosk kiosk --run false 2> failed.txt || [[ $? == 11 ]]
  latchkey key generate acme/Kiosk --reason "second try" --data ledger
  install acme/Kiosk kiosk
  latchkey gateway deregister acme/Kiosk --reason "moved" --yes --data ledger
  latchkey gateway rename beta/Depot "Dépôt" --data ledger
  latchkey gateway label "beta/Dépôt" tier:1 --data ledger
  latchkey gateway note "beta/Dépôt" "by the river" --data ledger
  latchkey key revoke "beta/Dépôt" --yes --data ledger
  latchkey gateway remove beta/Removed --yes --data ledger
  latchkey token create Ada --role operator --account acme --expires 90d --out ada --data ledger
  latchkey token rotate tok_00000002 --out ada --data ledger
  latchkey token create Grace --role auditor --expires never --out grace --data ledger
  latchkey token revoke tok_00000003 --yes --data ledger
}

second_epoch() {
  latchkey registrations accept --all --data ledger
  latchkey gateway add beta "After the restore" --data ledger
  latchkey key generate "beta/Dépôt" --data ledger
}

{
  serve "${gateways[@]}"
  first_epoch
  stop
  latchkey rotate master-key --data ledger
  latchkey rotate ca --data ledger
  serve "${gateways[@]}"
  echo "kept for tests" > passphrase
  latchkey backup first --data ledger --passphrase-file passphrase
  stop
  mv ledger lost
  latchkey restore first --data ledger --passphrase-file passphrase --checkpoint lost/checkpoint
  serve "${gateways[@]}"
  second_epoch
  latchkey backup backup --data ledger --passphrase-file passphrase
  latchkey drill --data ledger --backup backup --passphrase-file passphrase
  stop
} >&2

latchkey verify --data ledger > "$folder/verify.txt"
serve --read-only
latchkey history --data ledger -o json > "$folder/history.jsonl"
latchkey gateway list --data ledger -o json > "$folder/gateways.json"
stop
# RocksDB's own log files are no data, and name places of this machine.
find ledger -name LOG -delete -o -name 'LOG.old.*' -delete
tar --sort=name --owner=0 --group=0 --numeric-owner -cJf "$folder/ledger.tar.xz" \
  ledger backup gateway passphrase
