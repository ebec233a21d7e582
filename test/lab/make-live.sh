#!/bin/bash
# Makes an ISO in the layout of Debian's live images: a small system as squashfs, and its kernel and initrd beside it.
#
# Usage: make-live.sh DIRECTORY MIRROR_URL
# The ISO becomes DIRECTORY/live.iso.
set -euo pipefail
directory=$(realpath "$1")
bash "$(dirname "$0")/make-system.sh" "$@"
system=$directory/system disc=$directory/live
rm -rf "$disc" "$directory/live.iso"
mkdir -p "$disc"/{.disk,live}
# With the version in their names, and with an older kernel that nobody wants
cp "$system/root"/boot/{vmlinuz,initrd.img}-* "$disc/live/"
echo 'not the newest' | tee "$disc/live/vmlinuz-5.10.0-1-amd64" > "$disc/live/initrd.img-5.10.0-1-amd64"
ln "$system/filesystem.squashfs" "$disc/live/"
version=$(. /etc/os-release && echo "$VERSION_ID")
printf 'Official Debian GNU/Linux Live %s.0.0 standard 2026-01-01T00:00\n' "$version" > "$disc/.disk/info"
xorriso -as mkisofs -quiet -r -J -joliet-long -V "d-live $version.0.0 st amd64" -o "$directory/live.iso" "$disc" 2> /dev/null
rm -rf "$disc"
