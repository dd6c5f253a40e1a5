#!/usr/bin/env bash
# run.sh LATCHKEY: the recipes of docs/recipes.md, as they are written there, told of a gateway's life;
# and a receiver with the library of Standard Webhooks for Node.
source=$(dirname "$(readlink -f "$0")")
. "$source/../serving.sh"
"$source/../../cmake/npm_packages.sh" "$source"
cd "$work"
mkdir said

children=()
end() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  finish
}
trap end EXIT

# The blocks of the page, each under the name in its first line.
awk '
  /^```(python|sh)$/ { block = 1; next }
  /^```/ { block = 0; name = "" }
  block == 1 { name = $2; sub(/:$/, "", name); block = 2 }
  block && name { print > name }
' "$source/../../docs/recipes.md"
for file in receiver.py words.py slack.py pagerduty.py teams.py mail.py configure.py apply.sh; do
  [[ -s $file ]] || fail "the page does not have $file"
done
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$source/requirements.txt"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout tls.key -out tls.crt 2>/dev/null
serve --gateways 127.0.0.1:0 --check-in 1s --webhook-allow 127.0.0.0/8 --webhook-ca tls.crt --log-level warn
operate() { latchkey "$@" --data ledger; }
operate account open acme >/dev/null

mkfifo ports secret
python3 "$source/stand_ins.py" said > ports &
children+=($!)
read -r posts mail < ports

# The ports from here on are ours: nobody else listens at a port that was just picked and freed.
port_of() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# await COMMAND…: until it succeeds.
await() {
  for _ in {1..300}; do
    "$@" && return
    sleep 0.1
  done
  fail "never: $*"
}

# receive RECIPE [OPTION…]: has it told of events.
receive() {
  local port id
  port=$(port_of)
  WEBHOOK_SECRET=$(operate webhook add "https://localhost:$port/" "${@:2}" 2>/dev/null)
  id=$(operate webhook list -o json | jq -r '.webhooks[-1].id')
  export WEBHOOK_SECRET
  PORT=$port TLS_CERT=tls.crt TLS_KEY=tls.key venv/bin/python receiver.py "$1" 2>> "$1.log" &
  children+=($!)
  await operate webhook test "$id" >/dev/null 2>&1
}
export SLACK_URL=http://127.0.0.1:$posts/slack PAGERDUTY_URL=http://127.0.0.1:$posts/pagerduty
export PAGERDUTY_KEY=routing TEAMS_URL=http://127.0.0.1:$posts/teams
export MAIL_FROM=latchkey@example.com MAIL_TO=ops@example.com MAIL_RELAY=127.0.0.1:$mail
for recipe in slack pagerduty teams mail; do receive "$recipe"; done
LATCHKEY_URL=$(< ledger/run/management) LATCHKEY_TOKEN=$(< ledger/secrets/owner-token) \
  SSL_CERT_FILE=$PWD/ledger/run/ca.crt receive configure --type RegistrationConfirmed 2>/dev/null

node "$source/receiver.mjs" tls.crt tls.key < secret > node.txt &
children+=($!)
exec {to_node}> secret
await test -s node.txt
operate webhook add "https://localhost:$(< node.txt)/" --type GatewayAdded --type KeyRedeemed \
  > node_secret 2>/dev/null
cat node_secret >&"$to_node"

# A gateway is installed, configured, and goes silent.
operate gateway add acme hq -o json | jq -r .key >key
latchkey register --url "$(< ledger/run/gateways)" --key-file key --ca ledger/run/ca.crt --out hq >/dev/null 2>&1
"$program" agent --dir hq --on-message 'sh ./apply.sh' &> agent.log &
agent=$!
children+=("$agent")
done_with() { [[ $(operate message list acme/hq -o json | jq -r '.messages[0] | .state + " " + .detail') == "$1" ]]; }
await done_with 'done configured: info'
[[ $(jq -r .gateway configuration.json) == hq ]] || fail "the gateway has another configuration"
kill "$agent"

told() { [[ -e said/$1 ]] && grep -q "$2" "said/$1"; }
for recipe in slack pagerduty teams mail; do
  await told "$recipe" 'acme/hq is connected'
  await told "$recipe" 'acme/hq is silent'
done
for way in trigger resolve; do
  jq -s -e --arg way "$way" 'any(.[]; .event_action == $way and .routing_key == "routing" and
    (.dedup_key | endswith("gw_00000001")))' said/pagerduty >/dev/null || fail "no incident: $way"
done
jq -s -e 'all(.[]; .attachments[0].content.body[0].wrap)' said/teams >/dev/null || fail "no card"
grep -q 'To: ops@example.com' said/mail || fail "a mail without its reader"
[[ $(grep -c 'is connected' said/slack) == 1 ]] || fail "told twice"

taken_by_node() { [[ $(tail -n +2 node.txt | jq -r .type | xargs) == 'GatewayAdded KeyRedeemed' ]]; }
await taken_by_node
[[ $(operate webhook list -o json | jq -r '[.webhooks[].state] | unique | join(" ")') == active ]] ||
  fail "$(operate webhook list)"
echo "Receivers with Python's and Node's libraries are told what they should be"
