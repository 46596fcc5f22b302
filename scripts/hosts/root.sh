#!/usr/bin/env bash
# root.sh SUITE FOLDER PACKAGE…: makes the root of a Debian suite in FOLDER, or keeps the one that is there when it
# was made completely from the same packages. Mounts and processes are in namespaces that end with the script.
set -euo pipefail
suite=$1 folder=$2
shift 2
list=$(printf '%s\n' "$suite" "$@")
made=$folder/etc/natmap-hosts
[ ! -e "$made" ] || [ "$(cat "$made")" != "$list" ] || exit 0

if [ "${NATMAP_HOSTS_INSIDE:-}" != "$$" ]; then
  # The process id stays the same over exec, and tells this call from one with the variable left in the environment.
  mkdir -p "$(dirname "$folder")"
  exec 9>"$folder.lock"
  flock 9
  [ ! -e "$made" ] || [ "$(cat "$made")" != "$list" ] || exit 0
fi

# The mirror of this host's apt, which may be a nearer one than Debian's own.
mirror() {
  local sources=(/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list)
  sed -nE 's/^(URIs:|deb) (http[^ ]*\/debian)\/?( .*)?$/\2/p' "${sources[@]}" 2>/dev/null | head -n 1
}
mirror=${NATMAP_HOSTS_MIRROR:-$(mirror)}
mirror=${mirror:-http://deb.debian.org/debian}
