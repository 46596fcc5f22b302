#!/usr/bin/env bash
# Runs the tests on the hosts that people have: in roots of other Debian suites, on this kernel.
#
#   npm run hosts -- [--all] [SUITE…] [FILE…]
#
# Without a SUITE in each of them, without a FILE the tests that CI runs there; with --all every test that the suite can
# run. NATMAP_HOSTS_DIR is where roots are kept (600 MB each), NATMAP_HOSTS_MIRROR a mirror other than that of this host's apt.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=${NATMAP_HOSTS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/natmap-hosts}
known=(bullseye trixie forky)

kernel_packages=(iptables iproute2 ipset netbase)
engine_packages=(nftables busybox-static ca-certificates docker.io docker-cli netavark aardvark-dns podman runc)
boot_packages=(systemd systemd-sysv dbus nodejs)
all_packages=(firewalld ufw fail2ban libvirt-daemon-driver-network libvirt-clients dnsmasq-base)
all_packages+=(faketime patch procps zsh fish man-db groff lintian curl debootstrap wget)

packages_of() {
  case $1 in
    bullseye) printf '%s\n' "${kernel_packages[@]}" ;;
    *) printf '%s\n' "${kernel_packages[@]}" "${engine_packages[@]}" "${boot_packages[@]}" ;;
  esac
}

# What bullseye does not have: the client is part of docker.io there, and its podman uses CNI.
all_packages_of() {
  local packages=("${kernel_packages[@]}" "${engine_packages[@]}" "${boot_packages[@]}" "${all_packages[@]}")
  case $1 in
    bullseye) printf '%s\n' "${packages[@]}" containernetworking-plugins | grep -vxE 'docker-cli|netavark|aardvark-dns|libvirt-daemon-driver-network|libvirt-clients|dnsmasq-base' ;;
    *) printf '%s\n' "${packages[@]}" ;;
  esac
}

tests_of() {
  local kernel=(roundtrip coexistence rehearsal put-back apply/model apply/confirm apply/rollback)
  case $1 in
    bullseye | forky) printf 'test/kernel/%s.test.ts\n' "${kernel[@]}" ;;
  esac
  # Its Node.js is too old for natmap: this is what a host without one gets.
  [ "$1" != bullseye ] || echo test/package/static-deb.test.ts
  case $1 in
    trixie | forky) printf '%s\n' test/engine test/package/boot.test.ts ;;
  esac
}

fail() {
  printf 'hosts: %s\n' "$1" >&2
  exit 1
}

all=no suites=() files=()
for argument; do
  if [ "$argument" = --all ]; then all=yes
  elif [[ " ${known[*]} " = *" $argument "* ]]; then suites+=("$argument")
  elif [ -e "$argument" ]; then files+=("$argument")
  else fail "$argument is neither one of ${known[*]} nor a test file"; fi
done
[ ${#suites[@]} -gt 0 ] || suites=("${known[@]}")

[ "$(id -u)" = 0 ] || fail 'roots of other suites are made and entered by root only'
groups=$(findmnt --noheadings --types cgroup2 --output TARGET | head -n 1)
[ -n "$groups" ] || fail 'no cgroup2 hierarchy is mounted here'
if ! command -v debootstrap >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove debootstrap wget
fi

running='' group='' scratch=''
# Ends what runs and removes what it left; also on the way out after a signal.
clean() {
  [ -z "$running" ] || { kill -KILL "$running" && wait "$running"; } 2>/dev/null || true
  running=''
  # The processes of a namespace outlive its first one for a moment.
  for _ in {1..100}; do
    [ -d "$group" ] || break
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
  done
  [ -z "$scratch" ] || rm -rf --one-file-system "$scratch"
  group='' scratch=''
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What a run that was killed could not remove.
for left in "$groups"/natmap-hosts-* "${TMPDIR:-/tmp}"/natmap-hosts-*; do
  owner=${left##*/natmap-hosts-}
  [ -e "$left" ] && [ ! -e "/proc/${owner%%-*}" ] || continue
  case $left in
    "$groups"/*) group=$left ;;
    *) scratch=$left ;;
  esac
  clean
done

# attended COMMAND…: runs it so that a signal to this script does not have to wait for its end.
attended() {
  "$@" &
  running=$!
  local code=0
  wait "$running" || code=$?
  running=''
  return "$code"
}

# isolated NAMESPACE… -- COMMAND…: runs it in a control group of its own, at which a namespace of control groups begins,
# and in namespaces that end with this script, whatever ends it.
isolated() {
  group=$groups/natmap-hosts-$$
  mkdir -p "$group"
  attended setpriv --pdeathsig=KILL sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$group" \
    unshare --mount --pid --fork --kill-child --propagation private "$@"
}

# make_root SUITE ROOT PACKAGE…: others may use the root meanwhile, and nobody may make it again.
make_root() {
  local suite=$1 root=$2
  shift 2
  mkdir -p "$cache"
  exec 9>"$root.lock"
  attended flock --shared 9
  is_made "$root" "$@" && return
  attended flock 9
  is_made "$root" "$@" || isolated --mount-proc -- bash scripts/hosts/make-root.sh "$suite" "$root" "$@" 9>&- || return
  attended flock --shared 9
}

# is_made ROOT PACKAGE…
is_made() {
  local root=$1
  shift
  [ "$(cat "$root/packages" 2>/dev/null)" = "$(printf '%s\n' "$@")" ]
}

# run_in SUITE ROOT COMMAND…
run_in() {
  local root=$2 code=0
  scratch=${TMPDIR:-/tmp}/natmap-hosts-$$-$1
  shift 2
  mkdir "$scratch"
  isolated --net --uts --ipc --cgroup -- bash scripts/hosts/enter.sh "$root" "$scratch" "$@" || code=$?
  clean
  return "$code"
}

# versions ROOT: of what the tests meet there
versions() {
  # It fails when one of them is not installed.
  { dpkg-query --admindir="$1/var/lib/dpkg" --show --showformat='${Package} ${Version}\n' \
    iptables docker.io podman netavark systemd nodejs 2>/dev/null || true; } |
    sed -E 's/ ([0-9]+:)?([0-9.]+).*/ \2/' | paste -sd, | sed 's/,/, /g'
}

report=()
worst=0
built=no packed=no
for suite in "${suites[@]}"; do
  started=$SECONDS
  if [ "$all" = yes ]; then
    root=$cache/$suite-all
    mapfile -t packages < <(all_packages_of "$suite")
    command=(npx vitest run --maxWorkers=2 "${files[@]}")
  else
    root=$cache/$suite
    mapfile -t packages < <(packages_of "$suite")
    mapfile -t selected < <(tests_of "$suite")
    [ ${#files[@]} = 0 ] || selected=("${files[@]}")
    command=(npx vitest run --maxWorkers=2 "${selected[@]}")
  fi
  if ! make_root "$suite" "$root" "${packages[@]}"; then
    report+=("$suite: FAILED: no root could be made") worst=1
    continue
  fi
  [ "$built" = yes ] || npm run --silent build
  built=yes
  # There is no registry within the root, from which the tool comes that makes an executable.
  if [ "$packed" = no ] && { [ "$all ${#files[@]}" = 'yes 0' ] || [[ ${command[*]} = *static-deb* ]]; }; then
    npm run --silent deb -- --static
    packed=yes
  fi
  ready=$SECONDS code=0
  echo "hosts: $suite: $(versions "$root")"
  run_in "$suite" "$root" "${command[@]}" || code=$?
  result=passed
  [ "$code" = 0 ] || { result="FAILED ($code)"; worst=1; }
  report+=("$suite: $result; root $((ready - started)) s, tests $((SECONDS - ready)) s; $(versions "$root")")
done
printf 'hosts: %s\n' "${report[@]}"
exit "$worst"
