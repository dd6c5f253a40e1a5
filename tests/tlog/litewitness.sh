#!/usr/bin/env bash
# litewitness.sh LATCHKEY: litewitness, a witness of others, cosigns what we publish; and a ledger that was
# replaced by an older image, or went on from one, is refused by what it remembers. It has no monitor
# endpoint, so that its word must do.
. "$(dirname "$0")/others.sh"
compile . filippo.io/torchwood/cmd/litewitness

# Its key is in an agent, and the logs that it knows are in its database.
ssh-agent -D -a agent > agent.txt 2>&1 &
children+=($!)
await test -S agent
ssh-keygen -q -t ed25519 -N '' -C '' -f witness_key
SSH_AUTH_SOCK=agent ssh-add -q witness_key 2> agent.txt || fail "the agent has no key: $(< agent.txt)"
fingerprint=$(ssh-keygen -l -f witness_key.pub | awk '{ print $2 }')
port=$(port_of)
lite=''

# know ORIGIN VKEY: litewitness's own tables, as it makes them.
know() {
  python3 -c 'import sqlite3, sys
base = sqlite3.connect("witness.db")
base.executescript("""
  CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
  CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
""")
empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
base.execute("INSERT INTO log VALUES (?, 0, ?)", (sys.argv[1], empty))
base.execute("INSERT INTO key VALUES (?, ?)", sys.argv[1:])
base.commit()' "$1" "$2"
}
remembers() {
  python3 -c 'import sqlite3
print(*sqlite3.connect("file:witness.db?mode=ro", uri=True).execute("SELECT tree_size FROM log").fetchone())'
}
listens() { curl --silent --output lite.html "http://127.0.0.1:$port/"; }
witness_comes() {
  bin/litewitness -name witness.example/lite -db witness.db -ssh-agent agent -key "$fingerprint" \
    -listen "127.0.0.1:$port" 2>> lite.log &
  lite=$!
  children+=("$lite")
  await listens
}
witness_goes() {
  kill -INT "$lite"
  wait "$lite" || fail "litewitness ends badly: $(tail -n 3 lite.log)"
}

# guarded: served with the witness.
guarded() { serve --gateways 127.0.0.1:0 --log-level info --witness "$witness@http://127.0.0.1:$port"; }
plain() { serve --gateways 127.0.0.1:0 --log-level info; }
grow() { operate gateway add acme "$1" > added.txt; }

# is_cosigned: all events, as transparency-dev's library and we see it.
is_cosigned() {
  get /tlog/checkpoint > note
  [[ $(sed -n 2p note) == "$(about .size)" ]] || return 1
  bin/tlog cosigned "$(< vkey)" "$witness" note > cosigned.txt 2> said.txt
}
cosigned() {
  local at
  await is_cosigned
  size=$(about .size)
  [[ $(remembers) == "$size" ]] || fail "litewitness remembers $(remembers) of $size events"
  at=$(cut -d ' ' -f 2 cosigned.txt)
  (($(date +%s) - at < 60 && $(date +%s) - at > -60)) || fail "it was cosigned at $at"
  latchkey verify --url "$(< ledger/run/management)" --ca ledger/run/ca.crt --vkey @vkey \
    --token-file ledger/secrets/owner-token --witness "$witness" > said.txt 2>&1 ||
    fail "verify refuses the witness: $(< said.txt)"
  [[ $(about '.witnesses[0].name') == witness.example/lite ]] || fail "the ledger does not name its witness"
  [[ $(about '.witnesses[0].size') == "$size" ]] || fail "the ledger has another size cosigned"
}

# root_line: what verify says of its size and root, of a ledger that is not served.
root_line() { latchkey verify --data ledger | grep -i root || fail "the ledger is not good"; }

# refused WORDS: a start with the witness ends with 5, names it and changes no event.
refused() {
  local code=0 before
  before=$(root_line)
  timeout 60 "$program" serve --data ledger --management 127.0.0.1:0 --gateways 127.0.0.1:0 \
    --witness "$witness@http://127.0.0.1:$port" > said.txt 2>&1 || code=$?
  ((code == 5)) || fail "serve ends with $code: $(< said.txt)"
  grep -qF "$1" said.txt || fail "serve does not say '$1': $(< said.txt)"
  grep -qF 'the witness witness.example/lite' said.txt || fail "serve does not name it: $(< said.txt)"
  [[ $(remembers) == "$size" ]] || fail "litewitness remembers $(remembers), no longer $size"
  [[ $(root_line) == "$before" ]] || fail "the ledger has changed"
}
use() {
  rm -rf ledger
  cp --archive "$1" ledger
}
told() { grep -q "\"$1\"" serve.log; }

plain
operate account open acme > opened.txt
about .vkey > vkey
know "$(about .origin)" "$(< vkey)"
stop
witness_comes
witness=$(sed -n 's/.* vkey="\{0,1\}\([^" ]*\).*/\1/p' lite.log | head -n 1)
[[ $witness == witness.example/lite+* ]] || fail "litewitness does not tell its key: $(< lite.log)"
hash=$(head -n 1 ledger/checkpoint | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
shown=$(curl --silent --output said.txt --write-out '%{http_code}' "http://127.0.0.1:$port/$hash/checkpoint")
[[ $shown == 404 ]] || fail "litewitness has a monitor endpoint by now ($shown): test it as one"

# Cosigned from the first start on, also after the witness was away.
guarded
cosigned
grow one
cosigned
witness_goes
grow two
await is_published
! is_cosigned || fail "it is cosigned by nobody"
await told witness_does_not_cosign
witness_comes
cosigned
stop
cp --archive ledger old

guarded
grow three
grow four
cosigned
stop
cp --archive ledger right

# Less than the witness has seen.
use old
refused "has seen $size events"
[[ $(< said.txt) == *'has lost its end'* ]] || fail "serve says something else: $(< said.txt)"

# As much, and more, and other events.
plain
grow other
until (($(about .size) > size)); do grow "other-$(about .size)"; done
await is_published
stop
refused "has seen: its first $size events are others"
cp --archive ledger fork

# What belongs here is taken.
use right
guarded
cosigned
grow five
cosigned
stop

# Where the witness is away at the start, a fork that is served is told when it is back.
use fork
witness_goes
: > serve.log
guarded
witness_comes
await told witness_saw_another_history
! is_cosigned || fail "a fork is cosigned"
[[ $(remembers) == "$size" ]] || fail "litewitness remembers $(remembers), no longer $size"
stop

# A witness that does not know this log: it is told at the start, and serves.
witness_goes
rm witness.db
know somebody.example/else "$(< vkey)"
witness_comes
: > serve.log
guarded
await told witness_does_not_cosign
stop
operate verify > verify.txt || fail "verify: $(< verify.txt)"
echo "litewitness cosigns, and refuses an older image and a fork"
