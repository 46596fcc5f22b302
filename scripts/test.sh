#!/usr/bin/env bash
# Installs what the tests need and runs them all. Without root, or away from Debian, the tests that
# need a kernel of their own are skipped and say why.
set -euo pipefail
cd "$(dirname "$0")/.."
# Not npm ci: it refuses a lock file without every other platform's optional packages.
[ -d node_modules ] || npm install --no-save --no-audit --no-fund
packages=(iptables iproute2 ipset netbase faketime podman netavark runc patch strace)
# For completion, man pages and units: shells (38 MB), man, and systemd, which boots in a machine of its own.
# lintian (25 MB) judges the Debian package.
packages+=(zsh fish man-db groff systemd dbus lintian curl)
# Whose rules natmap's have to work beside; they are not started here.
packages+=(ufw fail2ban nftables)
# With these, npm run hosts makes the roots of other suites.
packages+=(debootstrap wget)
# What is here already may come from packages that exclude these.
command -v dockerd >/dev/null || packages+=(docker.io)
command -v busybox >/dev/null || packages+=(busybox-static)
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  if ! dpkg -s "${packages[@]}" >/dev/null 2>&1 || ! command -v docker >/dev/null; then
    # The engines run in the tests' own namespaces: installing them must not start one on this host.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      trap 'rm -f /usr/sbin/policy-rc.d' EXIT
      printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
      chmod +x /usr/sbin/policy-rc.d
    fi
    apt-get update -qq
    # From Debian 13 on docker.io only recommends its client; before, it holds it.
    if ! command -v docker >/dev/null && apt-cache show docker-cli >/dev/null 2>&1; then
      packages+=(docker-cli)
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "${packages[@]}"
  fi
  # As root nothing may be skipped: a missing piece is an error.
  export NATMAP_REQUIRE_KERNEL=1
fi
npm run --silent lint
npm run --silent typecheck
npm run --silent build
npx vitest run --maxWorkers=2
