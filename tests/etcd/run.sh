#!/usr/bin/env bash
# run.sh BUILD TEST [OPTION…]: runs a test program with etcd at the version that go.mod fixes, which is
# compiled into BUILD/etcd.
set -euo pipefail
shopt -s inherit_errexit
source=$(dirname "$(readlink -f "$0")")
fail() { echo "etcd: $*" >&2; exit 1; }
. "$source/../go.sh"

build=$1
shift
mkdir -p "$build/etcd"
# By one test at a time: etcd is not replaced while another starts it.
exec 9> "$build/etcd/.lock"
flock 9
compile_go "$source" "$build/etcd" go.etcd.io/etcd/server/v3
exec 9>&-
LATCHKEY_ETCD_BINARY=$build/etcd/server exec "$@"
