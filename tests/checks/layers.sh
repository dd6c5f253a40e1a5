#!/usr/bin/env bash
# Each folder includes only what stands to its left (docs/architecture.md):
#   core/base ◀ events ◀ core ◀ projections ◀ api ◀ tools
# and inside core: base ◀ crypto, rocks ◀ domain, log, subjects, http ◀ sequencer, identity, witness,
# etcd; inside api: http ◀ call ◀ auth, webhooks ◀ handlers; inside tools: process ◀ ledger ◀ serve, client,
# witness ◀ verify, installer, doctor, bench ◀ backup ◀ cli. Tests include anything, nothing includes tests.
. "$(dirname "$0")/sources.sh"

# What each folder may include besides itself. Folders that are not named here are not known.
declare -A allowed=(
  [core/base]=""
  [events]="core/base"
  [core/crypto]="core/base"
  [core/rocks]="core/base"
  [core/domain]="events core/base core/crypto"
  [core/log]="core/base core/crypto core/rocks"
  [core/subjects]="events core/base core/crypto core/rocks"
  [core/http]="core/base core/crypto"
  [core/witness]="core/base core/crypto core/log core/http"
  [core/etcd]="core/base core/crypto core/log"
  [core/identity]="core/base core/crypto core/domain core/http"
  [core/sequencer]="events core/base core/crypto core/rocks core/domain core/log core/subjects"
  [projections]="events core"
  [api/http]="events core"
  [api/call]="events core projections api/http"
  [api/auth]="events core projections api/http api/call"
  [api/webhooks]="events core projections api/http api/call"
  [api/handlers]="events core projections api/http api/call api/auth api/webhooks"
  [api]="events core projections api/http api/call api/auth api/webhooks api/handlers"
  [tools/process]="events core"
  [tools/ledger]="events core projections tools/process"
  [tools/serve]="events core projections api tools/process tools/ledger"
  [tools/client]="events core tools/process tools/ledger"
  [tools/verify]="events core projections tools/process tools/ledger"
  [tools/backup]="events core projections tools/process tools/ledger tools/verify"
  [tools/installer]="events core tools/process tools/client"
  [tools/doctor]="events core api/http tools/process tools/ledger tools/client"
  [tools/bench]="events core projections tools/process tools/ledger"
  [tools/witness]="events core api tools/process"
  [tools/cli]="events core projections api tools"
  [tools]="tools/process tools/cli"
)

# layer PATH: the key of `allowed` that the path belongs to; its folder when there is none.
layer() {
  local path=$1
  case $path in
    core/*/* | api/*/* | tools/*/*) path=${path#*/}; echo "${1%%/*}/${path%%/*}" ;;
    */*) echo "${path%%/*}" ;;
    *) echo "$path" ;;
  esac
}

while IFS=: read -r file line header; do
  from=$(layer "$file")
  to=$(layer "$header")
  [[ -v allowed[$from] ]] || { finding "$file:$line" "$from is no layer that tests/checks/layers.sh knows"; continue; }
  [[ $from == "$to" ]] && continue
  if [[ ! " ${allowed[$from]} " =~ " $to "|" ${to%%/*} " ]]; then
    finding "$file:$line" "$from must not include $to ($header)"
  fi
done < <(find "${layers[@]}" -name '*.h' -o -name '*.cc' -o -name '*.inc' | LC_ALL=C sort |
  xargs grep -nHoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]+"' |
  sed -E 's/#[[:space:]]*include[[:space:]]*"([^"]+)"/\1/; s/:[[:space:]]+/:/')

# Protobuf files import along the same direction.
while IFS=: read -r file line header; do
  from=$(layer "$file")
  to=$(layer "$header")
  [[ $from == "$to" || $header == google/* ]] && continue
  if [[ ! " ${allowed[$from]-} " =~ " $to "|" ${to%%/*} " ]]; then
    finding "$file:$line" "$from must not import $to ($header)"
  fi
done < <(find "${layers[@]}" -name '*.proto' -exec grep -nHoE '^import "[^"]+"' {} + |
  sed -E 's/import "([^"]+)"/\1/')

conclude "layers"
