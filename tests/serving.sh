# shellcheck shell=bash
# Sourced by tests that are scripts and take the program as $1: they serve the ledger in ledger/, and
# work in $work, which is removed at the end.
set -euo pipefail
shopt -s inherit_errexit
umask 077
program=$(readlink -f "$1")
server=''
work=$(mktemp -d)
finish() {
  [[ ! $server ]] || { kill "$server"; wait "$server" || true; }
  chmod -R u+w "$work"  # what Go has downloaded is read-only
  rm -rf "$work"
}
trap finish EXIT

fail() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }
latchkey() { command "$program" "$@"; }

# serve OPTION…: returns when the ledger answers.
serve() {
  "$program" serve --data ledger --management 127.0.0.1:0 "$@" > serve.txt 2>> serve.log &
  server=$!
  until latchkey whoami --data ledger > whoami.txt 2>&1; do
    kill -0 "$server" || { cat serve.log >&2; return 1; }
    sleep 0.1
  done
}

stop() {
  kill "$server"
  wait "$server"
  server=''
}

# fetch PATH [OPTION…]: from the gateway listener.
fetch() {
  curl --silent --show-error --fail --cacert ledger/run/ca.crt "$(< ledger/run/gateways)$1" "${@:2}"
}
