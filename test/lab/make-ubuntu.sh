#!/bin/bash
# Makes an ISO in the layout of an Ubuntu live-server image, as far as its boot goes.
#
# Usage: make-ubuntu.sh DIRECTORY MIRROR_URL
# The ISO becomes DIRECTORY/ubuntu.iso. Its initrd is of initramfs-tools, as Ubuntu's is, with a boot script that does what
# casper does: it brings the network up, fetches the whole ISO by iso-url= (or url=), mounts it by loop, compares its
# UUID with the initrd's, and starts the squashfs in it under an overlay. There cloud-init, the real one, reads its files.
# Debian 12 has it in the version of Ubuntu 22.04, which knows ds=nocloud-net only: so the image is one of that release.
set -euo pipefail
directory=$(realpath "$1")
bash "$(dirname "$0")/make-system.sh" "$@"
system=$directory/system disc=$directory/ubuntu
root=$system/root
rm -rf "$disc" "$directory/ubuntu.iso"
mkdir -p "$disc"/{.disk,casper}
kernel=$(ls "$root/usr/lib/modules" | head -n 1)
uuid=$(cat /proc/sys/kernel/random/uuid)
conf=$directory/ubuntu.conf
rm -rf "$conf"
cp -r "$root/etc/initramfs-tools" "$conf"
printf 'MODULES=list\nBUSYBOX=y\nCOMPRESS=zstd\nCOMPRESSLEVEL=3\nBOOT=casper\n' > "$conf/initramfs.conf"
printf '%s\n' virtio_pci virtio_net isofs loop squashfs overlay > "$conf/modules"
cat > "$conf/hooks/casper-like" <<END
#!/bin/sh
mkdir -p "\$DESTDIR/conf"
echo $uuid > "\$DESTDIR/conf/uuid.conf"
END
chmod +x "$conf/hooks/casper-like"
cat > "$conf/scripts/casper" <<'END'
mountroot() {
  modprobe -a isofs loop squashfs overlay
  configure_networking
  for argument in $(cat /proc/cmdline); do
    case $argument in url=*.iso | iso-url=*.iso) url=${argument#*=} ;; esac
  done
  iso=/${url##*/}
  until wget -q -O "$iso" "$url"; do sleep 2; done
  mkdir -p /cdrom /layer /run/overlay
  mount -o ro,loop "$iso" /cdrom || panic "cannot mount $iso"
  cmp /conf/uuid.conf /cdrom/.disk/casper-uuid-generic || panic 'Unable to find a live file system on the network'
  echo "<1>lab: the UUID of the ISO is the initrd's" > /dev/kmsg
  mount -o ro,loop /cdrom/casper/ubuntu-server-minimal.squashfs /layer
  mount -t tmpfs tmpfs /run/overlay
  mkdir -p /run/overlay/upper /run/overlay/work
  mount -t overlay -o lowerdir=/layer,upperdir=/run/overlay/upper,workdir=/run/overlay/work overlay "$rootmnt"
}
mount_top() { :; }
mount_premount() { :; }
mount_bottom() { :; }
END
mount --bind /dev "$root/dev"
mkdir -p "$root/run/lab-conf"
mount --bind "$conf" "$root/run/lab-conf"
trap 'umount "$root/run/lab-conf" "$root/dev"; rmdir "$root/run/lab-conf"; rm -rf "$conf"' EXIT
chroot "$root" mkinitramfs -d /run/lab-conf -o /boot/casper.img "$kernel"
cp "$root/boot/casper.img" "$disc/casper/initrd"
cp "$root/boot/vmlinuz-$kernel" "$disc/casper/vmlinuz"
ln "$system/filesystem.squashfs" "$disc/casper/ubuntu-server-minimal.squashfs"
echo "$uuid" > "$disc/.disk/casper-uuid-generic"
printf 'Ubuntu-Server 22.04.5 LTS "Jammy Jellyfish" - Release amd64 (20240911)' > "$disc/.disk/info"
printf -- '- id: ubuntu-server-minimal\n  path: ubuntu-server-minimal.squashfs\n  type: fsimage\n' > "$disc/casper/install-sources.yaml"
(cd "$disc" && find . -type f ! -name md5sum.txt -print0 | xargs -0 md5sum > "$directory/md5sum" && mv "$directory/md5sum" md5sum.txt)
xorriso -as mkisofs -quiet -r -J -joliet-long -V 'Ubuntu-Server 22.04.5 LTS amd64' -o "$directory/ubuntu.iso" "$disc" 2> /dev/null
rm -rf "$disc"
