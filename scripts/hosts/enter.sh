#!/usr/bin/env bash
# enter.sh ROOT SCRATCH COMMAND…: runs a command in a root, with this checkout at /natmap and this host's Node.js before
# the root's own. To be run in network, mount, process, UTS, IPC and cgroup namespaces of its own. Root and checkout are
# the lower layers of overlays: all that is written goes to SCRATCH.
set -euo pipefail
root=$1 scratch=$2
shift 2
checkout=$(cd "$(dirname "$0")/../.." && pwd)
node=$(readlink -f "$(command -v node)")
npm=$(readlink -f "$(command -v npm)")
npm=${npm%/bin/npm-cli.js}

cd "$scratch"
mkdir -p root tmp lower/{root,checkout} upper/{root,checkout} work/{root,checkout}
chmod 1777 tmp
# The paths of mounts may hold characters that separate the options of overlay.
mount --bind "$root" lower/root
mount --bind "$checkout" lower/checkout
mount -t overlay -o lowerdir=lower/root,upperdir=upper/root,workdir=work/root overlay root
cd root
mkdir -p natmap usr/local/bin usr/local/lib/node_modules/npm
touch usr/local/bin/node
mount --bind "$node" usr/local/bin/node
mount --bind "$npm" usr/local/lib/node_modules/npm
for name in npm npx; do ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "usr/local/bin/$name"; done
(cd .. && mount -t overlay -o lowerdir=lower/checkout,upperdir=upper/checkout,workdir=work/checkout overlay root/natmap)

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
# A group with processes of its own gives no controllers to those below it.
mkdir -p sys/fs/cgroup/init
echo 0 >sys/fs/cgroup/init/cgroup.procs
mount --bind ../tmp tmp
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm run/lock run/old
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0 1 2; do ln -s "/proc/self/fd/$number" "dev/$(echo stdin stdout stderr | cut -d' ' -f$((number + 1)))"; done
chmod 1777 dev/shm
pivot_root . run/old
cd /
umount -l /run/old
rmdir /run/old
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
cd /natmap
# Not exec: the first process of a process namespace has to reap orphans, which bash does and node does not.
env -i HOME=/root LC_ALL=C TERM=dumb NATMAP_REQUIRE_KERNEL=1 \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
