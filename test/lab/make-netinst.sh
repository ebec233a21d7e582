#!/bin/bash
# Makes an ISO in the layout of debian-cd's netinst image, out of the distribution's own installer components.
#
# Usage: make-netinst.sh DIRECTORY MIRROR_URL
# DIRECTORY is what make-installer.sh left; the ISO becomes DIRECTORY/netinst.iso.
#
# No package has an initrd of the flavour "cdrom". It differs from "netboot", which has one, by some components
# (debian-installer, build/pkg-lists): those for the network are taken out and are on the disc, those for a disc and its
# drivers are put in. As on a real disc, what is in the initrd is not in the pool.
set -euo pipefail
directory=$(realpath "$1") mirror=$2 suite=trixie
work=$directory/netinst tree=$directory/netinst/initrd disc=$directory/netinst/disc
status=$tree/var/lib/dpkg/status info=$tree/var/lib/dpkg/info
rm -rf "$work" "$directory/netinst.iso"
mkdir -p "$tree" "$work/udebs" "$disc"/{.disk,install.amd,pool/main/lab,firmware}
cd "$tree"
zcat "$directory/image/initrd.gz" | cpio -idm --quiet
kernel=$(ls usr/lib/modules)
modules=usr/lib/modules/$kernel/kernel

# Every component of the mirror's index that it has, but for those of another way to install; four at a time
# … and those whose own needs the mirror may lack
unused='^partman-(xfs|ntfs|btrfs|jfs|md|auto-raid)$|gtk|^fonts-|^xserver-|^libx|^libgl|^libat|^at-spi|espeak|brltty|speakup|^debian-edu'
curl -sSf "$mirror/dists/$suite/main/debian-installer/binary-amd64/Packages.xz" | xz -dc |
  UNUSED=$unused perl -00 -ne '($name, $path) = (/^Package: (.*)/m, /^Filename: (.*)/m);
    print "$name $path\n" unless /^Kernel-Version:/m or $name =~ /$ENV{UNUSED}/' > "$work/index"
cut -d' ' -f2 "$work/index" | sed "s#^#url = $mirror/#" > "$work/urls"
(cd "$work/udebs" && curl -sS --fail --remote-name-all --parallel --parallel-max 4 --config "$work/urls" 2> "$work/missing" || true)
udeb() { find "$work/udebs" "$directory/stand-ins" -name "$1_*.udeb" | head -n 1; }

# The initrd: what makes it one of the network flavour goes …
networking='choose-mirror choose-mirror-bin net-retriever download-installer network-preseed netcfg ethdetect
  debian-archive-keyring-udeb wpasupplicant-udeb wide-dhcpv6-client-udeb rdnssd-udeb ndisc6-udeb gpgv-udeb'
pack() { # NAME DIRECTORY PRIORITY FIELDS: makes a udeb for the pool
  mkdir -p "$2/DEBIAN"
  printf 'Package: %s\nVersion: 1\nArchitecture: amd64\nMaintainer: lab\nSection: debian-installer\nPriority: %s\n%b\nDescription: stand-in\n' \
    "$1" "$3" "$4" > "$2/DEBIAN/control"
  dpkg-deb --root-owner-group -Zxz -z1 -b "$2" "$disc/pool/main/lab/$1_1_amd64.udeb" > /dev/null
}
for name in $networking; do
  deb=$(udeb "$name")
  if [ -n "$deb" ]; then
    dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's#^\./##; s#^\(bin\|sbin\|lib\)/#usr/\1/#' | while read -r path; do
      if [ ! -d "$path" ] || [ -L "$path" ]; then rm -f "$path"; fi
    done
  fi
  rm -f "$info/$name".*
done
mkdir -p "$work/gpgv/usr/bin"
mv usr/bin/gpgv "$work/gpgv/usr/bin/"
pack gpgv-udeb "$work/gpgv" optional 'Depends: libgcrypt20-udeb'
mkdir -p "$work/nic/$modules/drivers"
mv "$modules/drivers/net" "$work/nic/$modules/drivers/"
pack "nic-modules-$kernel-di" "$work/nic" standard \
  "Kernel-Version: $kernel\nProvides: nic-modules, nic-shared-modules, nic-usb-modules, nic-pcmcia-modules, nic-wireless-modules"
GONE="^Package: ($(tr -s ' \n' '|' <<< "$networking" | sed 's/|$//')|nic-.*-di)\$" \
  perl -00 -i -ne 'print unless /$ENV{GONE}/m' "$status"

# … and what makes it one of a disc comes
for name in cdrom-detect cdrom-retriever load-cdrom; do
  dpkg-deb --fsys-tarfile "$(udeb "$name")" | tar -x --keep-directory-symlink
  dpkg-deb -e "$(udeb "$name")" "$work/control"
  for part in postinst templates config isinstallable; do
    if [ -e "$work/control/$part" ]; then cp "$work/control/$part" "$info/$name.$part"; fi
  done
  { sed '1a Status: install ok unpacked' "$work/control/control" | grep -v '^ '; echo; } >> "$status"
  rm -rf "$work/control"
done
drivers=$(udeb "ext4-modules-$kernel-di")
dpkg-deb --fsys-tarfile "$drivers" | tar -x --keep-directory-symlink --wildcards \
  "./$modules/drivers/*" "./$modules/fs/isofs/*" "./$modules/fs/nls/*"
depmod -b "$tree/usr" "$kernel" 2> /dev/null || depmod -b "$tree" "$kernel"
find . | sort | cpio -o -H newc --quiet -R 0:0 | gzip -9n > "$disc/install.amd/initrd.gz"
cp "$directory/image/linux" "$disc/install.amd/vmlinuz"

# The disc: debian-cd, tools/start_new_disc and data/trixie
printf 'Debian GNU/Linux 13.0.0 "Trixie" - Official amd64 NETINST with firmware 20250809-11:21' > "$disc/.disk/info"
printf 'netcfg\nethdetect\npcmciautils-udeb\n' > "$disc/.disk/udeb_include"
printf 'not_complete' > "$disc/.disk/cd_type"
printf 'main\n' > "$disc/.disk/base_components"
touch "$disc/.disk/base_installable"
while read -r name path; do
  file=$work/udebs/${path##*/}
  if [ -e "$file" ] && ! grep -qx "Package: $name" "$status"; then
    mkdir -p "$disc/${path%/*}"
    mv "$file" "$disc/$path"
  fi
done < "$work/index"
cp "$directory"/stand-ins/debian/pool/lab/*.udeb "$disc/pool/main/lab/"
index=main/debian-installer/binary-amd64/Packages.gz
mkdir -p "$disc/dists/$suite/${index%/*}"
(cd "$disc" && dpkg-scanpackages -t udeb pool 2> /dev/null | gzip -9n > "dists/$suite/$index")
(
  cd "$disc/dists/$suite"
  printf 'Origin: Debian\nLabel: Debian\nSuite: stable\nVersion: 13\nCodename: %s\nDate: %s\nArchitectures: amd64\nComponents: main\nSHA256:\n %s %16d %s\n' \
    $suite "$(date -Ru)" "$(sha256sum < $index | cut -d' ' -f1)" "$(stat -c%s $index)" $index > Release
)
ln -s $suite "$disc/dists/stable"
ln -s . "$disc/debian"
# Firmware as on a real disc: the package in the pool, and a hard link to it beside the list of its contents
(cd "$disc" && zcat "$directory/firmware.cpio.gz" | cpio -idmu --quiet)
mkdir -p "$disc/pool/non-free-firmware/f"
ln "$disc"/firmware/*.deb "$disc/pool/non-free-firmware/f/"
(cd "$disc" && find . -type f ! -name md5sum.txt -print0 | sort -z | xargs -0 md5sum > "$work/md5sum" && mv "$work/md5sum" md5sum.txt)
xorriso -as mkisofs -quiet -r -J -joliet-long -V 'Debian 13.0.0 amd64 n' -o "$directory/netinst.iso" "$disc" 2> /dev/null
rm -rf "$work"
