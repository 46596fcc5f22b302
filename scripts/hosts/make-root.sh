#!/usr/bin/env bash
# make-root.sh SUITE FOLDER PACKAGE…: makes the root of a Debian suite. FOLDER is there when it is complete, and never
# before. To be run in mount and process namespaces of its own, so that nothing is left mounted or running.
set -euo pipefail
suite=$1 folder=$2
shift 2

# The mirror of this host's apt may be nearer than Debian's own.
own_mirror() {
  local sources=(/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list)
  sed -nE 's/^(URIs:|deb) (http[^ ]*\/debian)\/?( .*)?$/\2/p' "${sources[@]}" 2>/dev/null | head -n 1
}
mirror=${NATMAP_HOSTS_MIRROR:-$(own_mirror || true)}
mirror=${mirror:-http://deb.debian.org/debian}

fail() {
  printf 'hosts: %s: %s\n' "$suite" "$1" >&2
  exit 1
}
wget --quiet --tries=2 --timeout=30 --output-document=/dev/null "$mirror/dists/$suite/Release" ||
  fail "the mirror $mirror does not answer or does not have the suite; NATMAP_HOSTS_MIRROR names another one"

making=$folder.making
rm -rf "$making"
mkdir -p "$making"
log=$folder.log
# step TITLE COMMAND…
step() {
  local title=$1
  shift
  "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "$title from $mirror failed; all output is in $log"; }
}
: >"$log"
# A suite that is younger than this debootstrap is made as unstable is.
script=()
[ -e "/usr/share/debootstrap/scripts/$suite" ] || script=(/usr/share/debootstrap/scripts/sid)
step 'debootstrap' debootstrap --variant=minbase "$suite" "$making" "$mirror" "${script[@]}"

# Installing an engine must not start it.
printf '#!/bin/sh\nexit 101\n' >"$making/usr/sbin/policy-rc.d"
chmod 755 "$making/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$making/etc/resolv.conf"
# A mirror may be a snapshot of some day.
cat >"$making/etc/apt/apt.conf.d/99hosts" <<'END'
Acquire::Check-Valid-Until "false";
Acquire::Retries "2";
Acquire::http::Timeout "30";
DPkg::Options { "--force-unsafe-io"; };
END
mount -t proc proc "$making/proc"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
step 'apt-get update' chroot "$making" apt-get -qq update
step 'apt-get install' chroot "$making" apt-get -qq -y install --no-install-recommends "$@"
chroot "$making" apt-get clean
umount "$making/proc"
# Tells the next run what is in it.
printf '%s\n' "$@" >"$making/packages"
rm -rf "$folder"
mv "$making" "$folder"
