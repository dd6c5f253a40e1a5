# shellcheck shell=bash
# Sourced by the tests of the package: what they are about, and roots of Debian 12 to install it in.
set -euo pipefail
shopt -s inherit_errexit
repository=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
binary=$repository/build/release/tools/latchkey
made=$repository/build/package

fail() { echo "package: $*" >&2; exit 1; }
step() { echo "---- $*"; }

[[ -x $binary ]] || fail "there is no $binary: run ./dev build release"

# take_root ARGUMENT…: a root of Debian is made and entered by root alone; starts the test again so.
take_root() {
  ((EUID == 0)) || exec sudo -n --preserve-env "$0" "$@" || fail "run this as root, or with sudo"
}

# debian FOLDER: unpacks a minimal Debian 12 there, which is fetched once for each build folder. Its
# package index is in it. Nothing that is written there needs to survive a power failure.
debian() {
  local base=$made/bookworm.tar
  mkdir -p "$made" "$1"
  if [[ ! -s $base ]]; then
    mmdebstrap --quiet --format=tar --variant=minbase --skip=cleanup/apt/lists \
      --dpkgopt=force-unsafe-io bookworm "$base.new" >&2
    mv "$base.new" "$base"
  fi
  tar -xf "$base" -C "$1"
  cp /etc/resolv.conf "$1/etc/resolv.conf"
}

# inside FOLDER COMMAND…: runs it in that root. What it leaves running ends with it.
inside() {
  local folder=$1
  shift
  # shellcheck disable=SC2016  # for the inner shell
  unshare --mount --pid --fork --kill-child sh -c '
    mount -t proc proc "$0/proc"
    folder=$0
    exec chroot "$folder" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
      LC_ALL=C.UTF-8 "$@"' "$folder" "$@"
}

# install_into FOLDER PACKAGE…: .deb files of this machine and names, with what they depend on.
install_into() {
  local folder=$1 names=() name
  shift
  for name in "$@"; do
    if [[ -f $name ]]; then
      cp "$name" "$folder/tmp/"
      name=/tmp/${name##*/}
    fi
    names+=("$name")
  done
  inside "$folder" apt-get install -q -y --no-install-recommends --allow-downgrades "${names[@]}"
}

# file_in FOLDER PATH MODE OWNER: whether it is so.
file_in() {
  local is
  is=$(inside "$1" stat -c '%a %U:%G' "$2") || fail "$2 is missing"
  [[ $is == "$3 $4:$4" ]] || fail "$2 is $is, and should be $3 $4:$4"
}

# renumbered PACKAGE VERSION FOLDER: the same package under another version; prints its path.
renumbered() {
  local work=$3/renumbered
  dpkg-deb --raw-extract "$1" "$work"
  sed -i "s/^Version: .*/Version: $2/" "$work/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone --build "$work" "$3/latchkey_$2.deb" > /dev/null
  rm -r "$work"
  echo "$3/latchkey_$2.deb"
}
