#!/usr/bin/env bash
# est.sh LATCHKEY: enrolment over secure transport (RFC 7030) by clients of other houses: curl with
# openssl, and strongSwan's pki, which brings a TLS of its own.
. "$(dirname "$0")/serving.sh"
cd "$work"
est=/.well-known/est

# key_of NAME: adds the gateway and prints its registration key.
key_of() { latchkey gateway add acme "$1" -o json --data ledger | jq -r .key; }

# make_request NAME: a key pair and its signing request.
make_request() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
  openssl req -new -key "$1.key" -subj /CN=any -outform DER -out "$1.req"
  base64 --wrap=0 "$1.req" > "$1.b64"
}

# post PATH REQUEST OPTION…: prints the status; the answer is in answer.txt.
post() {
  curl --silent --show-error --cacert ledger/run/ca.crt --output answer.txt \
    --write-out '%{http_code}' --header 'Content-Type: application/pkcs10' \
    --data-binary "@$2.b64" "$(< ledger/run/gateways)$est/$1" "${@:3}"
}

# certificate_in FILE: of a certs-only answer.
certificate_in() { base64 --decode "$1" | openssl pkcs7 -inform DER -print_certs | openssl x509; }

# strongswan REQUEST OPTION…: prints the certificate; what is said is in said.txt.
strongswan() {
  pki --est --url "$(< ledger/run/gateways)" --cacert ledger/run/ca.crt --in "$1.req" --outform pem \
    "${@:2}" 2> said.txt
}

# strongswan_refused STATUS REQUEST OPTION…
strongswan_refused() {
  ! strongswan "${@:2}" > refused.pem || fail "strongSwan got a certificate: ${*:2}"
  grep -q "HTTP $1" said.txt || fail "strongSwan was not refused with $1: $(< said.txt)"
}

# is_current NAME CERTIFICATE KEY: it checks in, and is the one that the gateway is known by.
is_current() {
  openssl verify -x509_strict -purpose sslclient -CAfile ledger/run/ca.crt "$2" > verified.txt ||
    fail "openssl does not verify $2"
  fetch /v1/check-in --cert "$2" --key "$3" --json '{}' > check-in.json ||
    fail "$1 cannot check in with $2"
  [[ $(latchkey gateway show "acme/$1" -o json --data ledger | jq -r .status) == green ]] ||
    fail "$1 is not green"
}

by_curl() {
  local key
  key=$(key_of curl)
  fetch "$est/cacerts" | base64 --decode | openssl pkcs7 -inform DER -print_certs |
    openssl x509 > cacerts.pem
  diff cacerts.pem <(openssl x509 -in ledger/run/ca.crt) || fail "cacerts has another CA"
  [[ -z $(fetch "$est/csrattrs") ]] || fail "csrattrs is not empty"
  make_request first
  make_request other
  [[ $(post simpleenroll first) == 401 ]] || fail "enrolled without a key"
  [[ $(post simpleenroll first --user any:unknown) == 401 ]] || fail "enrolled with an unknown key"
  [[ $(post simpleenroll first --user "any:$key") == 200 ]] || fail "refused: $(< answer.txt)"
  certificate_in answer.txt > first.crt
  [[ $(post simpleenroll first --user "any:$key") == 200 ]] || fail "the repeat: $(< answer.txt)"
  diff first.crt <(certificate_in answer.txt) || fail "the repeat has another certificate"
  [[ $(post simpleenroll other --user "any:$key") == 403 ]] || fail "a key works twice"
  is_current curl first.crt first.key
  make_request second
  [[ $(post simplereenroll second --cert first.crt --key first.key) == 200 ]] ||
    fail "not renewed: $(< answer.txt)"
  certificate_in answer.txt > second.crt
  is_current curl second.crt second.key
  [[ $(post simplereenroll other --cert first.crt --key first.key) == 403 ]] ||
    fail "the certificate before is taken"
}

by_strongswan() {
  local key
  key=$(key_of strongswan)
  pki --estca --url "$(< ledger/run/gateways)" --cacert ledger/run/ca.crt --caout est-ca.pem \
    --outform pem 2> said.txt || fail "no CA for strongSwan: $(< said.txt)"
  diff est-ca.pem <(openssl x509 -in ledger/run/ca.crt) || fail "strongSwan has another CA"
  make_request third
  strongswan_refused 401 third --userpass any:unknown
  strongswan third --userpass "any:$key" > third.crt || fail "refused: $(< said.txt)"
  strongswan third --userpass "any:$key" > again.crt || fail "the repeat: $(< said.txt)"
  diff third.crt again.crt || fail "the repeat has another certificate"
  strongswan_refused 403 other --userpass "any:$key"
  is_current strongswan third.crt third.key
  make_request fourth
  strongswan fourth --cert third.crt --key third.key > fourth.crt || fail "not renewed: $(< said.txt)"
  is_current strongswan fourth.crt fourth.key
  strongswan_refused 403 other --cert third.crt --key third.key
}

serve --gateways 127.0.0.1:0
latchkey account open acme --data ledger
by_curl
by_strongswan
stop
latchkey verify --data ledger > verify.txt || fail "verify: $(< verify.txt)"
echo "curl and strongSwan enrol and renew over EST."
