#!/usr/bin/env bash
# rebinding.sh LATCHKEY: a receiver's name that leads to a public address at the first look and to a
# private one at the second (DNS rebinding), or to both at once. The server does not connect to the
# private address unless it is allowed to.
#
# The resolver, the addresses and the connections are real, in a network of the test's own that has
# no way out. It takes root, or the right to make a user namespace.
set -euo pipefail
shopt -s inherit_errexit

# net_and_mounts: the namespaces of this process.
net_and_mounts() { readlink /proc/self/ns/net /proc/self/ns/mnt; }

if (($# == 1)); then
  become_root=()
  ((EUID == 0)) || become_root=(--user --map-root-user)
  mapfile -t outside < <(net_and_mounts)
  exec unshare "${become_root[@]}" --net --mount "$0" "$1" "${outside[@]}"
fi
# In the machine's own namespaces, the mounts below would replace its name server.
mapfile -t inside < <(net_and_mounts)
if [[ ${inside[0]} == "$2" || ${inside[1]} == "$3" ]]; then
  echo "rebinding: this is not in namespaces of its own" >&2
  exit 1
fi

source=$(dirname "$(readlink -f "$0")")
. "$source/../serving.sh"
cd "$work"

helper=''
end() {
  [[ ! $helper ]] || { kill "$helper" && wait "$helper"; } 2>/dev/null || true
  finish
}
trap end EXIT
say() { echo "---- $*"; }
operate() { latchkey "$@" --data ledger; }

# lead ADDRESS…: where the name leads from now on.
lead() {
  say "The name leads to $*"
  printf '%s\n' "$@" > zone.new
  mv zone.new zone
}

public=9.9.9.77
silent=9.9.9.78  # public as well; nothing listens there
private=10.1.2.3
ip link set lo up
for address in "$public" "$silent" "$private"; do ip address add "$address/32" dev lo; done
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:2\n' > resolv.conf
printf 'passwd: files\ngroup: files\nhosts: dns\n' > nsswitch.conf
mount --bind resolv.conf /etc/resolv.conf
mount --bind nsswitch.conf /etc/nsswitch.conf

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
  -subj /CN=hook.example -addext subjectAltName=DNS:hook.example \
  -keyout tls.key -out tls.crt 2>/dev/null
lead "$public"
mkfifo ready
python3 "$source/rebinding.py" zone tls.crt tls.key "public=$public" "private=$private" > ready &
helper=$!
read -r _ < ready || fail "the name server and the receivers did not start"

# await COMMAND…: until it succeeds.
await() {
  for _ in {1..200}; do
    "$@" && return
    sleep 0.1
  done
  fail "never: $*; $(operate webhook show whk_00000001 -o json)"
}
arrived() { grep -qxF "$1" public; }
delivered() { operate webhook show whk_00000001 -o json | jq -e '.last_attempt.status == 200'; }
is_now() { [[ $(operate webhook show whk_00000001 -o json | jq -r .state) == "$1" ]]; }

# change PATH: what has failed is tried again at once, and goes to that path.
change() { operate webhook change whk_00000001 --receiver "https://hook.example/$1" > changed.txt; }

# spared PATH: the server has not connected to the private address. curl, which has no such rule, is
# led there by the same answers: so the trap works, and every connection before curl's is recorded.
spared() {
  curl --silent --show-error --fail --noproxy '*' --cacert tls.crt "https://hook.example/$1" \
    --json '{"type": "visit", "subject": "of curl"}'
  printf '%s\n' connected "/$1 visit of curl" >> expected
  cmp -s expected private || fail "the server connected to $private: $(diff expected private)"
  say "curl would go to $private, latchkey does not"
}

refused=' not one that this server may connect to.'
refusal='https://hook.example cannot be reached: its address is'$refused
# test_refused WORDS: a test is not delivered, and that is how the answer says why.
test_refused() {
  ! operate webhook test whk_00000001 -o json > test.json 2> test.txt || fail "a test was delivered"
  [[ $(jq -r .detail test.json) == *"$1" ]] || fail "not refused: $(cat test.json test.txt)"
}

serve --webhook-ca tls.crt --log-level warn
operate account open acme > account.txt
operate webhook add https://hook.example/first --type GatewayAdded > added.txt 2>&1
operate gateway add acme first > key.txt 2>&1
await arrived '/first GatewayAdded gw_00000001'
say "An event has arrived there"

lead "$private"
operate gateway add acme second > key.txt 2>&1
await is_now failing
operate webhook show whk_00000001 -o json > shown.json
jq -e --arg refusal "$refusal" '.last_attempt | .type == "GatewayAdded" and .status == null and
  .detail == $refusal' shown.json > judged.txt || fail "not refused: $(< shown.json)"
test_refused "$refusal"
spared private

# To the kernel this is the IPv4 address in it.
lead "::ffff:$private"
test_refused "$refusal"
spared mapped

# Of two addresses the second is tried when the first does not answer.
lead "$silent" "$private"
test_refused "; one of its addresses is$refused"
spared second

lead "$public"
change back
await arrived '/back GatewayAdded gw_00000002'
await delivered > judged.txt
say "The event that was held up has arrived"

lead "$private" "$public"
change both
operate webhook test whk_00000001 > test.txt
spared both

printf '%s\n' '/first GatewayAdded gw_00000001' '/back GatewayAdded gw_00000002' \
  '/both WebhookTest whk_00000001' > notices
grep -vx connected public | cmp -s notices - || fail "the public receiver was told: $(< public)"

# The same steps lead to the private address when it is allowed.
stop
serve --webhook-ca tls.crt --log-level warn --webhook-allow 10.0.0.0/8
lead "$private"
change allowed
operate webhook test whk_00000001 > test.txt
printf '%s\n' connected '/allowed WebhookTest whk_00000001' >> expected
cmp -s expected private || fail "the private receiver was told: $(diff expected private)"
stop
echo "A name leads a webhook to a private address only if the server allows that"
