# shellcheck shell=bash
# Sourced by tests that compile programs of others, with a function `fail`.

# ctest takes this exit code for "not run" and lists such tests at its end.
not_run=77

# compile_go FOLDER OUT PACKAGE…: into the folder OUT, at the versions that FOLDER/go.mod fixes. Their
# modules may need a newer Go than Debian 12 has.
compile_go() {
  local folder=$1 out=$2 needed has
  shift 2
  export GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO_ENABLED=0
  needed=$(awk '$1 == "go" { print $2 }' "$folder/go.mod")
  has=$(go env GOVERSION) || fail "there is no go"
  if ! printf '%s\n' "$needed" "${has#go}" | sort --check=quiet --version-sort; then
    echo "$(basename "$folder"): NOT RUN: it needs Go $needed, and this is ${has#go}" >&2
    exit "$not_run"
  fi
  (cd "$folder" && go build -o "$out/" "$@") || fail "does not build: $*"
}
