#!/bin/bash
# Makes an ISO in the layout of Debian's live images: a small system as squashfs, and its kernel and initrd beside it.
#
# Usage: make-live.sh DIRECTORY MIRROR_URL
# The ISO becomes DIRECTORY/live.iso. The system is of the suite that the mirror serves to this machine's own apt.
set -euo pipefail
directory=$(realpath "$1") mirror=$2
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$directory/live root=$directory/live/root
rm -rf "$work" "$directory/live.iso"
mkdir -p "$work/disc"/{.disk,live}
mmdebstrap --quiet --variant=minbase --mode=root \
  --include=linux-image-amd64,live-boot,systemd-sysv,udev,iproute2 \
  --dpkgopt='path-exclude=/usr/share/{doc,man,locale}/*' \
  --customize-hook='echo lablive > "$1/etc/hostname"' \
  --customize-hook='rm -rf "$1"/var/cache/apt/*.bin "$1"/var/lib/apt/lists/*' \
  "$suite" "$root" "deb $mirror $suite main"
# Several kernels on one disc have their versions in their names
cp "$root"/boot/{vmlinuz,initrd.img}-* "$work/disc/live/"
mksquashfs "$root" "$work/disc/live/filesystem.squashfs" -comp zstd -Xcompression-level 3 -no-xattrs -no-progress -quiet -e boot
version=$(. /etc/os-release && echo "$VERSION_ID")
printf 'Official Debian GNU/Linux Live %s.0.0 standard 2026-01-01T00:00\n' "$version" > "$work/disc/.disk/info"
xorriso -as mkisofs -quiet -r -J -joliet-long -V "d-live $version.0.0 st amd64" -o "$directory/live.iso" "$work/disc" 2> /dev/null
rm -rf "$work"
