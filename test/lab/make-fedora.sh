#!/bin/bash
# Makes an ISO in the layout of a Fedora Server DVD, as far as its installer's first stage goes.
#
# Usage: make-fedora.sh DIRECTORY MIRROR_URL
# The ISO becomes DIRECTORY/fedora.iso. Its initrd is dracut's own with its modules for the network and for live images.
# What Anaconda adds (dracut/ in its source) is imitated in one small module: it takes the place of stage 2 from
# inst.stage2= or inst.repo=, reads .treeinfo and the Kickstart file, and asks for the images of updates, which are not
# there.
set -euo pipefail
directory=$(realpath "$1")
bash "$(dirname "$0")/make-system.sh" "$@"
system=$directory/system disc=$directory/fedora
root=$system/root
rm -rf "$disc" "$directory/fedora.iso"
mkdir -p "$disc"/images/pxeboot
kernel=$(ls "$root/usr/lib/modules" | head -n 1)
module=$root/usr/lib/dracut/modules.d/99anaconda-like
mkdir -p "$module"
cat > "$module/module-setup.sh" <<'END'
check() { return 0; }
depends() { echo livenet; }
install() {
  inst_hook cmdline 20 "$moddir/place.sh"
  inst_hook initqueue/online 20 "$moddir/fetch.sh"
  inst_multiple grep sed
}
END
# Before the module livenet looks for its own argument (29)
cat > "$module/place.sh" <<'END'
stage2=$(getarg inst.stage2=) || stage2=$(getarg inst.repo=)
echo "root=live:$stage2/images/install.img rd.neednet=1 rd.live.overlay.overlayfs=1" > /etc/cmdline.d/20-anaconda-like.conf
END
cat > "$module/fetch.sh" <<'END'
[ -e /run/install/ks.cfg ] && return 0
. /lib/url-lib.sh
mkdir -p /run/install
stage2=$(getarg inst.stage2=) || stage2=$(getarg inst.repo=)
fetch_url "$stage2/.treeinfo" /run/install/treeinfo
for image in updates product; do fetch_url "$stage2/images/$image.img" "/run/install/$image.img" || :; done
fetch_url "$(getarg inst.ks=)" /run/install/ks.cfg
echo "<1>lab: treeinfo names $(sed -n 's/^mainimage *= *//p' /run/install/treeinfo)" > /dev/kmsg
echo "<1>lab: kickstart has $(grep -c '^%end' /run/install/ks.cfg) sections" > /dev/kmsg
END
chmod +x "$module"/*.sh
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
trap 'umount "$root/proc" "$root/dev"' EXIT
chroot "$root" dracut --quiet --force --no-hostonly --kver "$kernel" --add 'network-legacy network url-lib livenet dmsquash-live anaconda-like' \
  --add-drivers 'virtio_net virtio_pci loop squashfs overlay' --omit 'plymouth lvm mdraid multipath nfs iscsi crypt' /boot/dracut.img
cp "$root/boot/dracut.img" "$disc/images/pxeboot/initrd.img"
cp "$root/boot/vmlinuz-$kernel" "$disc/images/pxeboot/vmlinuz"
ln "$system/filesystem.squashfs" "$disc/images/install.img"
checksum() { printf '%s = sha256:%s\n' "$1" "$(sha256sum < "$disc/$1" | cut -d' ' -f1)"; }
{
  printf '[header]\ntype = productmd.treeinfo\nversion = 1.2\n\n[release]\nname = Fedora\nshort = Fedora\nversion = 44\n\n'
  printf '[general]\nfamily = Fedora\nversion = 44\narch = x86_64\n\n[stage2]\nmainimage = images/install.img\n\n[checksums]\n'
  checksum images/install.img
  checksum images/pxeboot/initrd.img
  checksum images/pxeboot/vmlinuz
} > "$disc/.treeinfo"
printf '1770000000.000000\n44\nx86_64\n' > "$disc/.discinfo"
xorriso -as mkisofs -quiet -r -J -joliet-long -V Fedora-S-dvd-x86_64-44 -o "$directory/fedora.iso" "$disc" 2> /dev/null
rm -rf "$disc"
