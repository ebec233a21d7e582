#!/bin/bash
# Makes what the ISOs of live systems and of other distributions' installers have in common: a small system of the suite
# that this machine's own apt has.
#
# Usage: make-system.sh DIRECTORY MIRROR_URL
# Leaves in DIRECTORY/system: root/ (the system, for building initrds in it) and filesystem.squashfs. Does nothing when
# they are there.
set -euo pipefail
directory=$(realpath "$1") mirror=$2
system=$directory/system
if [ -e "$system/filesystem.squashfs" ]; then exit; fi
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
rm -rf "$system"
mkdir -p "$system"
packages=linux-image-amd64,live-boot,systemd-sysv,udev,iproute2,busybox,zstd,curl,cloud-init
packages+=,dracut-core,dracut-network,dracut-live,isc-dhcp-client,iputils-arping
mmdebstrap --quiet --variant=minbase --mode=root --include=$packages \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='echo labsystem > "$1/etc/hostname"' \
  --customize-hook='rm -rf "$1"/var/cache/apt/*.bin "$1"/var/lib/apt/lists/*' \
  "$suite" "$system/root" "deb $mirror $suite main"
# What its initrds need of the kernel's modules is in these, so the system itself needs few
mksquashfs "$system/root" "$system/filesystem.squashfs" -comp zstd -Xcompression-level 3 -no-xattrs -no-progress -quiet \
  -wildcards -e 'boot/*' 'usr/lib/modules/*/kernel/sound' 'usr/lib/modules/*/kernel/drivers/gpu' \
  'usr/lib/modules/*/kernel/drivers/media' 'usr/lib/modules/*/kernel/drivers/infiniband' 'lib/modules'
