#!/usr/bin/env bash
# run.sh LATCHKEY: verifies gateways' certificates as those do who never ask the ledger: openssl by
# /ca.pem and /crl.der, go-spiffe by /spiffe-bundle.json; also after the CA was rotated, with its key
# and without.
source=$(dirname "$(readlink -f "$0")")
. "$source/../serving.sh"
cd "$work"

export GOPATH=$work/go GOFLAGS=-mod=readonly GOTOOLCHAIN=local
(cd "$source" && go build -o "$work/verify" .) || fail "the verifier does not build"

start() { serve --gateways 127.0.0.1:0 --trust-domain example.org --log-level warn; }
operate() { latchkey "$@" --data ledger; }

# add NAME: registers a gateway and checks in.
add() {
  operate gateway add acme "$1" -o json | jq -r .key >key
  latchkey register --url "$(< ledger/run/gateways)" --key-file key --ca ledger/run/ca.crt \
    --out "$1" >/dev/null 2>>register.err || fail "$1 is not registered: $(<register.err)"
}
name_of() {
  echo "spiffe://example.org/account/acme/gateway/$(openssl x509 -in "$1/gateway.crt" -noout -subject |
    sed 's/.*CN = //')"
}

# trusted NAME…: by go-spiffe and openssl, which both ask the documents as they are now.
trusted() {
  fetch /spiffe-bundle.json >bundle.json
  fetch /ca.pem >ca.pem
  local name
  for name in "$@"; do
    ./verify bundle.json example.org "$name/gateway.crt" "$(name_of "$name")" >/dev/null ||
      fail "go-spiffe does not verify $name"
    ./verify bundle.json example.com "$name/gateway.crt" "$(name_of "$name")" 2>/dev/null &&
      fail "go-spiffe takes $name for one of another domain"
    openssl verify -x509_strict -purpose sslclient -CAfile ca.pem "$name/gateway.crt" >/dev/null ||
      fail "openssl does not verify $name"
  done
}

# revoked WORD NAME: what openssl says of it with the list of now; the list is made again within
# seconds.
revoked() {
  local said=''
  for _ in {1..300}; do
    fetch /crl.der | openssl crl -inform DER -out crl.pem
    openssl x509 -in ca.pem -out in_force.pem
    openssl crl -in crl.pem -CAfile in_force.pem -noout 2>&1 | grep -q 'verify OK' ||
      fail "openssl does not verify the list"
    said=$(openssl verify -crl_check -CAfile ca.pem -CRLfile crl.pem "$2/gateway.crt" 2>&1) || true
    [[ $said != *"$1"* ]] || return 0
    sleep 0.1
  done
  fail "$2 is not '$1': $said"
}
number() { openssl crl -in crl.pem -noout -crlnumber | sed 's/.*=0x//'; }

start
operate account open acme >/dev/null
add one
add two
trusted one two
[[ $(openssl x509 -in one/gateway.crt -noout -ext subjectAltName | tail -n 1) == *"URI:$(name_of one)" ]] ||
  fail "the certificate has other names"
revoked ': OK' one
before=$(number)
operate gateway deregister acme/two --yes >/dev/null
revoked 'certificate revoked' two
((16#$(number) > 16#$before)) || fail "the number of the list does not grow"
revoked ': OK' one

# A CA that its predecessor signed: certificates of both are trusted, the list is the new one's.
sequence=$(jq .spiffe_sequence bundle.json)
stop
operate rotate ca >/dev/null
start
add three
trusted one three
[[ $(jq '.keys | length' bundle.json) == 2 ]] || fail "the bundle does not hold both CAs"
(($(jq .spiffe_sequence bundle.json) > sequence)) || fail "the sequence of the bundle does not grow"
revoked ': OK' three
revoked 'unable to get certificate CRL' one

# A CA whose key is lost: gateways still verify the server, and are told the next one.
stop
rm ledger/secrets/ca.key
operate rotate ca --lost-key >/dev/null
start
add four
trusted one three four
revoked ': OK' four
for name in one three four; do
  curl --silent --show-error --fail --cacert "$name/ca.crt" --cert "$name/gateway.crt" \
    --key "$name/gateway.key" --json '{}' "$(< ledger/run/gateways)/v1/check-in" >/dev/null ||
    fail "$name cannot check in"
done
stop
operate verify >/dev/null || fail "the ledger is not as it should be"
echo "openssl and go-spiffe verify what they should"
