#!/bin/bash
# Gets Debian's own installer out of its package, and fills the gaps of a mirror that lacks some of its components.
#
# Usage: make-installer.sh DIRECTORY MIRROR_URL
# Leaves in DIRECTORY: image/linux, image/initrd.gz, image/version (the installer's build), stand-ins/debian/… (to be
# served in the mirror's place: an index of its own and the components in it), key.cpio.gz (the key that signs the index,
# for the installer), and firmware.cpio.gz (in the layout of Debian's firmware archive, with the package that the driver
# e100 takes its microcode from).
#
# The kernel's modules come from the .deb of the very same kernel, so the two cannot drift apart.
set -euo pipefail
directory=$(realpath "$1") mirror=$2 suite=trixie
work=$directory/work apt=$work/apt debian=$directory/stand-ins/debian
index=$debian/dists/$suite/main/debian-installer/binary-amd64
rm -rf "$work" "$directory/stand-ins" "$directory/image"
mkdir -p "$apt"/{lists,cache/archives}/partial "$apt/none" "$work/deb" "$directory/image" "$index" "$debian/pool/lab"

# An apt of its own, which knows nothing but this suite
touch "$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main non-free-firmware" > "$apt/list"
cat > "$apt/conf" <<EOF
Dir::Etc::sourcelist "$apt/list"; Dir::Etc::sourceparts "$apt/none"; Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status"; Dir::Cache "$apt/cache"; APT::Sandbox::User "root"; APT::Architecture "amd64";
EOF
export APT_CONFIG=$apt/conf
apt-get -qq update
cd "$work/deb"
fetch() { for name in "$@"; do apt-get -qq download "$name"; done; }

# The installer's kernel and initrd
fetch debian-installer-13-netboot-amd64
text=./usr/lib/debian-installer/images/13/amd64/text
dpkg-deb --fsys-tarfile debian-installer-13-netboot-amd64_*.deb |
  tar -x -C "$work" "$text/version.info" "$text/debian-installer/amd64/linux" "$text/debian-installer/amd64/initrd.gz"
cp "$work/$text"/debian-installer/amd64/{linux,initrd.gz} "$directory/image/"
sed -n 's/^Installer build: //p' "$work/$text/version.info" > "$directory/image/version"
kernel=$(file "$directory/image/linux" | sed 's/.*version \([^ ]*\) .*/\1/')

# Stand-ins for components, made of the .debs of the same version
fetch "linux-image-$kernel" e2fsprogs libext2fs2t64 libcom-err2 libmount1 firmware-linux-free
tree=$work/tree
unpack() { # PACKAGE PATTERN…: puts files of a .deb into the tree
  local package=$1
  shift
  mkdir -p "$tree"
  dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -C "$tree" --wildcards "$@"
}
pack() { # NAME VERSION PRIORITY FIELDS: makes a udeb of the tree
  mkdir -p "$tree/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: lab\nSection: debian-installer\nPriority: %s\n%b\nDescription: stand-in\n' \
    "$1" "$2" "$3" "$4" > "$tree/DEBIAN/control"
  dpkg-deb --root-owner-group -Zxz -z1 -b "$tree" "$debian/pool/lab/$1_lab_amd64.udeb" > /dev/null
  rm -rf "$tree"
}
unpack e2fsprogs './usr/sbin/*' ./etc/mke2fs.conf
unpack libext2fs2t64 './usr/lib/*/lib*'
unpack libcom-err2 './usr/lib/*/lib*'
pack e2fsprogs-udeb 1.47.2-3+lab optional 'Depends: libblkid1-udeb, libc6-udeb, libuuid1-udeb'
unpack libmount1 './usr/lib/*/lib*'
pack libmount1-udeb 2.41.5-0+lab optional 'Depends: libblkid1-udeb, libc6-udeb, libselinux1-udeb'
modules=./usr/lib/modules/$kernel/kernel
patterns=()
for part in 'fs/ext4/*' 'fs/jbd2/*' 'fs/mbcache*' 'fs/isofs/*' 'fs/efivarfs/*' 'fs/fat/*' 'fs/nls/*' 'lib/*' 'crypto/crc*' \
  'arch/x86/crypto/crc*' 'drivers/block/virtio*' 'drivers/block/loop*' 'drivers/ata/*' 'drivers/scsi/s[dr]_mod*' \
  'drivers/scsi/scsi_*' 'drivers/cdrom/*' 'drivers/nvme/*' 'drivers/md/*' 'drivers/dax/*'; do
  patterns+=("$modules/$part")
done
unpack "linux-image-$kernel" "${patterns[@]}"
provides='ext2-modules, ext3-modules, ext4-modules, ata-modules, sata-modules, pata-modules, scsi-modules, cdrom-core-modules'
provides+=', isofs-modules, loop-modules, md-modules, efi-modules, fat-modules'
pack "ext4-modules-$kernel-di" 1 standard "Kernel-Version: $kernel\nProvides: $provides"

# The index: the mirror's own, less the modules of other kernels and what the mirror refuses, plus the stand-ins.
# Taken as it is, unsigned: a mirror that is being brought up to date may serve one that its Release does not list yet.
without='^Kernel-Version:|^Package: (e2fsprogs-udeb|libmount1-udeb|xfsprogs-udeb|ntfs-3g-udeb|partman-(xfs|ntfs|btrfs|jfs|md|auto-raid))$'
{
  curl -sSf "$mirror/dists/$suite/main/debian-installer/binary-amd64/Packages.xz" | xz -dc |
    WITHOUT=$without perl -00 -ne 'print unless /$ENV{WITHOUT}/m'
  cd "$debian"
  dpkg-scanpackages -t udeb pool/lab 2> /dev/null
} | gzip -9n > "$index/Packages.gz"
cd "$debian/dists/$suite"
packages=main/debian-installer/binary-amd64/Packages.gz
printf 'Origin: Debian\nLabel: Debian\nSuite: stable\nVersion: 13\nCodename: %s\nDate: %s\nArchitectures: amd64\nComponents: main\nSHA256:\n %s %s %s\n' \
  $suite "$(date -Ru)" "$(sha256sum < $packages | cut -d' ' -f1)" "$(stat -c%s $packages)" $packages > Release

# Signed with a key of the lab's own, which joins Debian's in the installer
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg -q --batch --passphrase '' --quick-gen-key lab rsa2048 sign never
gpg -q --batch -ab -o Release.gpg Release
keyring=$work/key/usr/share/keyrings/archive.gpg
mkdir -p "${keyring%/*}"
{
  zcat "$directory/image/initrd.gz" | cpio -i --quiet --to-stdout usr/share/keyrings/debian-archive-keyring.pgp
  gpg --export lab
} > "$keyring"
gpgconf --kill gpg-agent
cd "$work/key"
# Files only: a directory entry could replace a link of the installer's usr-merged tree.
find usr -type f | cpio -o -H newc --quiet -R 0:0 | gzip -9n > "$directory/key.cpio.gz"

# A firmware archive, in the layout of debian-cd's tools/make-firmware-image: packages, which of them has which file, and
# for which devices (dep11) a package is wanted in the installed system
firmware=$work/firmware/firmware
mkdir -p "$firmware/dep11"
cd "$work/deb"
if ! fetch firmware-intel-misc; then # a mirror without non-free-firmware: microcode of the right size, which QEMU ignores
  mkdir -p "$tree/usr/lib/firmware/e100" "$tree/DEBIAN"
  head -c 539 /dev/zero > "$tree/usr/lib/firmware/e100/d102e_ucode.bin"
  printf 'Package: firmware-stand-in\nVersion: 1\nArchitecture: all\nMaintainer: lab\nSection: kernel\nDescription: stand-in\n' \
    > "$tree/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$tree" . > /dev/null
fi
cp firmware-*.deb "$firmware/"
cd "$firmware"
for deb in *.deb; do
  section=$(dpkg-deb -f "$deb" Section) name=$(dpkg-deb -f "$deb" Package) component=main
  [[ $section == */* ]] && component=${section%%/*}
  dpkg-deb -c "$deb" | sed -n "s#.* \./\(usr/\)\?\(lib/firmware/.*[^/]\)\$#/\2 $deb $component#p" >> Contents-firmware
  { dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards './usr/share/metainfo/*.xml' 2> /dev/null || true; } |
    sed -n 's#^ *<modalias>\(.*\)</modalias>#^\1$#p' | sed 's/\*/.*/g' > "dep11/$name.patterns"
  # An empty one would be no harm, but the real archive has none.
  if [[ -s dep11/$name.patterns ]]; then echo "$component" > "dep11/$name.component"; else rm "dep11/$name.patterns"; fi
done
echo 'Patterns of the devices for which a package of this archive is wanted.' > dep11/README.txt
cd "$work/firmware"
find firmware | sort | cpio -o -H newc --quiet -R 0:0 | gzip -9n > "$directory/firmware.cpio.gz"
rm -rf "$work"
echo "$kernel"
