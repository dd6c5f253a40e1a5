# shellcheck shell=bash
# Sourced by the scripts of this folder: a served ledger, and programs of others that go.mod names.
source=$(dirname "$(readlink -f "$0")")
. "$source/../serving.sh"
. "$source/../go.sh"

children=()
end() {
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  finish
}
trap end EXIT
cd "$work"

# compile PACKAGE…: into bin/.
compile() { compile_go "$source" "$work/bin" "$@"; }

operate() { latchkey "$@" --data ledger; }

# port_of: one that is free; nobody else listens at a port that was just picked.
port_of() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# await COMMAND…: until it succeeds.
await() {
  local _
  for _ in {1..300}; do
    "$@" && return
    sleep 0.1
  done
  fail "never: $*"
}

# get PATH [OPTION…]: from the operators' listener, with no token.
get() {
  curl --silent --show-error --fail --cacert ledger/run/ca.crt "$(< ledger/run/management)$1" "${@:2}"
}

# ask PATH [OPTION…]: with a token for all accounts.
ask() { get "$1" --header "Authorization: Bearer $(< ledger/secrets/owner-token)" "${@:2}"; }

about() { ask /v1/ledger | jq -r "$1"; }

# is_published: the newest checkpoint covers all events.
is_published() { [[ $(get /tlog/checkpoint | sed -n 2p) == "$(about .size)" ]]; }

# flip OFFSET < BYTES: with the lowest bit of that byte changed; -1 is the last byte.
flip() {
  python3 -c 'import sys
data = bytearray(sys.stdin.buffer.read())
data[int(sys.argv[1])] ^= 1
sys.stdout.buffer.write(data)' "$1"
}
