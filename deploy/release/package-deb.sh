#!/usr/bin/env bash
# Packs a binary for Debian and Ubuntu, as FOLDER/wenlu_VERSION_ARCHITECTURE.deb: the program, its systemd unit, an account,
# /etc/wenlu/wenlu.env. By dpkg-deb itself: one binary and one unit need no build system of Debian's. Needs dpkg-deb and
# readelf (binutils). Prints where the package is.
# Usage: deploy/release/package-deb.sh TARGET BINARY [FOLDER, or dist]
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${1:?a target, such as x86_64-unknown-linux-gnu}
binary=${2:?the binary}
folder=${3:-dist}
case $target in
  x86_64-unknown-linux-gnu) architecture=amd64 ;;
  aarch64-unknown-linux-gnu) architecture=arm64 ;;
  *) echo "package-deb: no Debian architecture for $target" >&2; exit 1 ;;
esac
# 1.0.0-rc.1 comes before 1.0.0 for Cargo, and 1.0.0~rc.1 for Debian
version=$(deploy/release/version.sh | tr - '~')
# the newest C library that any of its symbols asks for
libc=$(readelf --wide --dyn-syms "$binary" | grep -oE '@GLIBC_[0-9.]+' | sed 's/@GLIBC_//' | sort -Vu | tail -n 1)
address=$(sed -n 's/^homepage = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
umask 022
install -D -m 755 "$binary" "$root/usr/bin/wenlu"
install -d "$root/usr/lib/systemd/system" "$root/DEBIAN" "$folder"
for unit in wenlu.service wenlu-backup.service; do
  sed 's|^ExecStart=/usr/local/bin/|ExecStart=/usr/bin/|' "deploy/systemd/$unit" >"$root/usr/lib/systemd/system/$unit"
  grep -q '^ExecStart=/usr/bin/wenlu ' "$root/usr/lib/systemd/system/$unit"
done
install -m 644 deploy/systemd/wenlu-backup.timer "$root/usr/lib/systemd/system/"
# postinst gives it to the service's group
install -D -m 640 .env.example "$root/etc/wenlu/wenlu.env"
documents=$root/usr/share/doc/wenlu
install -D -m 644 README.md "$documents/README.md"
install -m 644 README.zh.md "$documents/README.zh.md"
install -m 644 CHANGELOG.md "$documents/CHANGELOG.md"
{
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nSource: %s\n\n' "$address"
  printf 'Files: *\nCopyright: %s\nLicense: Expat\n' "$(sed -n 's/^Copyright (c) //p' LICENSE)"
  # the text of the licence, after its title and the copyright, indented as the format wants it
  sed -e '1,/^Copyright/d' LICENSE | sed -e '1{/^$/d}' -e 's/^$/./' -e 's/^/ /'
} >"$documents/copyright"

install -m 755 deploy/release/debian/postinst deploy/release/debian/prerm deploy/release/debian/postrm "$root/DEBIAN/"
echo /etc/wenlu/wenlu.env >"$root/DEBIAN/conffiles"
# Debian wants an e-mail address; the project has none, and takes reports at its address on the web.
cat >"$root/DEBIAN/control" <<CONTROL
Package: wenlu
Version: $version
Architecture: $architecture
Maintainer: The Wenlu maintainers <maintainers@wenlu.invalid>
Depends: libc6 (>= ${libc:?no symbol of the C library}), libgcc-s1, adduser
Recommends: ca-certificates, tzdata
Suggests: caddy, postgresql
Section: net
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Homepage: $address
Description: chat-bot backend that routes messages to written answers
 Wenlu routes a message to the intent it asks about and answers it with a
 written reply and a list of steps: on a chat page, over HTTP and on Telegram.
 Its knowledge is plain files; no model to download, no GPU. Operators' pages
 show what went unanswered and make answers of it.
CONTROL
(cd "$root" && find etc usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

package=$folder/wenlu_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" >&2
printf '%s\n' "$package"
