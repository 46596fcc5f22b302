#!/usr/bin/env bash
# Builds natmap_VERSION_all.deb in dist, or in the folder named, with dpkg-deb. The same commit gives
# the same bytes. With --static first: natmap-static_VERSION_ARCH.deb, which needs no Node.js.
set -euo pipefail
package=natmap fast=()
[ "${1:-}" != --static ] || { package=natmap-static && shift; }
output=$(realpath "${1:-$(dirname "$0")/../dist}")
cd "$(dirname "$0")/.."
[ -f dist/natmap.js ] || npm run --silent build
umask 022
# Debian's own variables say who builds it.
maintainer="${DEBFULLNAME:-natmap} <${DEBEMAIL:-natmap@example.org}>"
version=$(node -p 'require("./package.json").version')
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json)}
export SOURCE_DATE_EPOCH
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

# put SOURCE DESTINATION MODE
put() { install -D -m "$3" "$1" "$root/$2"; }
# pack SOURCE DESTINATION: compressed, as Debian wants documents.
pack() { mkdir -p "$root/${2%/*}" && gzip -9n <"$1" >"$root/$2"; }

# node_license: where those who built this Node.js put its LICENSE, which covers what it bundles.
node_license() {
  local prefix place
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  for place in LICENSE share/doc/nodejs/LICENSE share/doc/node/LICENSE share/doc/nodejs/copyright; do
    [ ! -e "$prefix/$place" ] || { echo "$prefix/$place" && return; }
  done
  echo "deb.sh: there is no LICENSE of Node.js under $prefix, and natmap-static has to hold it" >&2
  return 1
}

if [ "$package" = natmap-static ]; then
  npm run --silent binary
  put dist/natmap usr/bin/natmap 755
  license=$(node_license)
  put "$license" usr/share/doc/natmap-static/NODEJS-LICENSES.txt 644
  # 100 MB take a minute otherwise, for a tenth less.
  fast=(-z2)
  architecture=$(dpkg --print-architecture)
  # What the executable of Node.js itself is linked with.
  depends='libc6 (>= 2.28), libstdc++6 (>= 9), iptables'
  relations=$'Conflicts: natmap\nReplaces: natmap\nProvides: natmap (= '"$version)"
else
  # .cjs: there is no package.json beside it that says what kind of module it is.
  put dist/natmap.js usr/lib/natmap/natmap.cjs 755
  sed -i '1s|.*|#!/usr/bin/node|' "$root/usr/lib/natmap/natmap.cjs"
  mkdir -p "$root/usr/bin" && ln -s ../lib/natmap/natmap.cjs "$root/usr/bin/natmap"
  architecture=all
  depends='nodejs (>= 18.19), iptables'
  relations=$'Conflicts: natmap-static\nReplaces: natmap-static'
fi
for script in restore-last-good flush-on-stop; do put "packaging/$script" "usr/lib/natmap/$script" 755; done
put packaging/natmap.service usr/lib/systemd/system/natmap.service 644
put packaging/natmap-early.service usr/lib/systemd/system/natmap-early.service 644
put schema/rules.schema.json usr/share/natmap/rules.schema.json 644
for template in templates/*.njk; do put "$template" "usr/share/natmap/$template" 644; done
put dist/completion/natmap.bash usr/share/bash-completion/completions/natmap 644
put dist/completion/_natmap usr/share/zsh/vendor-completions/_natmap 644
put dist/completion/natmap.fish usr/share/fish/vendor_completions.d/natmap.fish 644
pack dist/man/natmap.1 usr/share/man/man1/natmap.1.gz
pack dist/man/natmap-rules.5 usr/share/man/man5/natmap-rules.5.gz
put packaging/example.yaml etc/natmap/rules.d/10-example.yaml 644
put packaging/default etc/default/natmap 644
overrides=usr/share/lintian/overrides/$package
put packaging/debian/lintian-overrides "$overrides" 644
if [ "$package" = natmap-static ]; then
  sed -i "s/^natmap:/$package:/" "$root/$overrides"
  cat packaging/debian/lintian-overrides-static >>"$root/$overrides"
fi
put packaging/debian/copyright usr/share/doc/$package/copyright 644
put dist/THIRD-PARTY-LICENSES.txt usr/share/doc/$package/THIRD-PARTY-LICENSES.txt 644
# Messages name documents as docs/….
put README.md usr/share/doc/$package/README.md 644
for page in docs/*.md; do put "$page" "usr/share/doc/$package/$page" 644; done
cat >"$root/changelog" <<EOF
$package ($version) unstable; urgency=medium

  * Built from the sources of natmap $version.

 -- $maintainer  $(date -Ru -d "@$SOURCE_DATE_EPOCH")
EOF
pack "$root/changelog" usr/share/doc/$package/changelog.gz
rm "$root/changelog"
size=$(du -sk "$root" | cut -f1)
(cd "$root" && find etc usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root.md5sums"

mkdir "$root/DEBIAN"
mv "$root.md5sums" "$root/DEBIAN/md5sums"
for script in postinst prerm postrm; do put "packaging/debian/$script" "DEBIAN/$script" 755; done
printf '/etc/default/natmap\n/etc/natmap/rules.d/10-example.yaml\n' >"$root/DEBIAN/conffiles"
# unshare and flock are util-linux's, which every Debian has.
cat >"$root/DEBIAN/control" <<EOF
Package: $package
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: $depends
$relations
Suggests: docker.io | docker-ce | podman
Section: net
Priority: optional
Description: review and apply NAT rules for hosts and containers
 natmap compiles rule files and a snapshot of Docker's containers into
 iptables rules, shows them as a diff against the live iptables-save, and
 applies them as one transaction. It runs once and exits.
EOF
dpkg-deb --root-owner-group --build -Zxz "${fast[@]}" "$root" "$output/${package}_${version}_${architecture}.deb"
