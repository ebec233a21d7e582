/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`build/test/plugins/distros.test.js > TAP > a Debian live image boots with the newest of its kernels, its squashfs fetched out of the ISO > must match snapshot 1`] = `
#!ipxe
echo Serabut: debian 13 live x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/live.iso/live/vmlinuz-6.12.9-amd64 initrd=initrd.gz boot=live components fetch=http://10.0.0.2:8080/iso/content/live.iso/live/filesystem.squashfs BOOTIF=01-\${netX/mac:hexhyp}  --- && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd.gz http://10.0.0.2:8080/with-firmware/live/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the live system
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full d13 after-install.sh 1`] = `
#!/bin/sh
# Runs as root in the installed system, at the end of the installation. What fails is logged and the rest goes on.
failed() { echo "serabut: failed: $1" >&2; }
keys() { # USER HOME KEY…
  user=$1 home=$2
  shift 2
  install -d -m 700 -o "$user" -g "$user" "$home/.ssh" || return
  printf '%s\\n' "$@" > "$home/.ssh/authorized_keys" || return
  chown "$user:$user" "$home/.ssh/authorized_keys" && chmod 600 "$home/.ssh/authorized_keys"
}

useradd --create-home --shell '/bin/sh' --comment 'Ada O'\\''Lovelace' 'ada' || failed 'ada'
usermod --password '$6$salt$ada./hash' 'ada' || failed 'ada'
getent group www-data > /dev/null || groupadd www-data
usermod --append --groups www-data 'ada' || failed 'ada'
getent group lab > /dev/null || groupadd lab
usermod --append --groups lab 'ada' || failed 'ada'
usermod --append --groups sudo 'ada' || failed 'ada'
keys 'ada' "$(getent passwd 'ada' | cut -d: -f6)" 'from="10.0.0.0/8",command="echo '\\''hi'\\''" ssh-ed25519 AAAA ada@lan' || failed 'ada'

useradd --create-home --shell '/bin/bash' --comment 'bob' 'bob' || failed 'bob'
usermod --append --groups sudo 'bob' || failed 'bob'
echo bob 'ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/serabut-bob && chmod 440 /etc/sudoers.d/serabut-bob
keys 'bob' "$(getent passwd 'bob' | cut -d: -f6)" 'ssh-ed25519 BBBB bob' || failed 'bob'

useradd --create-home --shell '/bin/bash' --comment 'eve' 'eve' || failed 'eve'
usermod --password '$6$salt$eve./hash' 'eve' || failed 'eve'

keys root /root 'ssh-ed25519 RRRR root@lan' || failed root

mkdir -p /etc/ssh/sshd_config.d
echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/00-serabut.conf
sed -i 's/^XKBVARIANT=.*/XKBVARIANT="nodeadkeys"/' /etc/default/keyboard || failed keyboard
mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\\nNTP=%s\\n' 'ntp1.example.lan ntp2.example.lan' > /etc/systemd/timesyncd.conf.d/serabut.conf
echo 'Unattended-Upgrade::Origins-Pattern { "origin=Debian,codename=\${distro_codename}-updates"; };' > /etc/apt/apt.conf.d/51serabut
# What the installer wrote as lines of sources.list, in the form that this release has for it (deb822).
apt --yes modernize-sources || failed 'the form of the package sources'

sh -c 'echo '\\''it is done'\\'' > /etc/motd' || failed 'command 1 of afterInstall'

sh -c 'for i in 1 2; do
  echo "%end $i"
done
' || failed 'command 2 of afterInstall'

exit 0

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full d13 before-install.sh 1`] = `
#!/bin/sh
# Runs in the installer before it partitions: tells it the disks, and how they are laid out where no recipe of its own
# does it. What stands for partitions is explained in partman-auto-recipe.txt and partman-auto-raid-recipe.txt of the
# package debian-installer.

# A proxy or mirror may be away for a minute, as when its pod is replaced: debootstrap tries a package once, and wget gives
# up at once where nobody listens.
printf '%s\\n' 'tries = 30' 'waitretry = 10' 'retry_connrefused = on' > /etc/wgetrc

# The kernel command line holds one name server alone; the installed system gets this file.
{ echo 'search example.lan'; printf 'nameserver %s\\n' 192.168.88.2 192.168.88.3; } > /etc/resolv.conf

pick_disk() { # PATH SERIAL KIND LEAST-SECTORS ORDER TAKEN: the device of the disk that fits
  for dir in "\${SYS_BLOCK:-/sys/block}"/*; do
    name=\${dir##*/}
    dev=/dev/$(echo "$name" | tr '!' '/')
    [ -e "$dir/device" ] && [ "$dev" != "$6" ] && [ "$(cat "$dir/ro")" = 0 ] || continue
    [ "$(cat "$dir/hidden" 2> /dev/null)" != 1 ] || continue
    case $name in mmcblk*boot*|mmcblk*rpmb*) continue ;; esac
    sectors=$(cat "$dir/size")
    [ "$sectors" -gt 0 ] && [ "$sectors" -ge "$4" ] || continue
    if [ -n "$1" ]; then [ "$(readlink -f "$1")" = "$dev" ] || continue
    else [ "$(cat "$dir/removable")" = 0 ] || continue; fi
    if [ -n "$2" ]; then udevadm info -q property -n "$dev" | grep '^ID_SERIAL=' | grep -qF -e "$2" || continue; fi
    rotational=$(cat "$dir/queue/rotational")
    case $3 in
      nvme) case $name in nvme*) ;; *) continue ;; esac ;;
      ssd) [ "$rotational" = 0 ] || continue ;;
      hdd) [ "$rotational" = 1 ] || continue ;;
    esac
    echo "$sectors $dev"
  done | sort -k "1,1n$5" -k 2,2 | head -n 1 | cut -d ' ' -f 2
}
pick_disks() {
  first=$(pick_disk '/dev/nvme0n1' 'S4EV' 'nvme' '0' '' '')
  [ -n "$first" ] || { echo 'serabut: no disk fits storage.disk' >&2; return 1; }
  echo "$first"
}
disks=$(pick_disks) || { logger -t serabut 'no disk fits what the configuration says'; exit 1; }
# shellcheck disable=SC2086
set -- $disks
logger -t serabut "installing on $*"
debconf-set partman-auto/disk "$*"
debconf-set grub-installer/bootdev "$*"

debconf-set partman-partitioning/default_label gpt
if [ -d /sys/firmware/efi ]; then
  loader='768 788 1024 free $primary{ } $iflabel{ gpt } $reusemethod{ } method{ efi } format{ } .'
else
  loader='1 1 1 free $primary{ } $iflabel{ gpt } $reusemethod{ } method{ biosgrub } .'
fi
loader="$loader 768 788 1024 ext4 \\$defaultignore{ } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /boot } ."
root='2000 4000 -1 xfs $lvmok{ } method{ format } format{ } use_filesystem{ } filesystem{ xfs } mountpoint{ / } .'
root="$root 4096 4096 4096 linux-swap \\$lvmok{ } method{ swap } format{ } ."
debconf-set partman-auto/expert_recipe "serabut :: $loader $root"

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full d13 boot 1`] = `
#!ipxe
echo Serabut: debian 13 netboot x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/d13.iso/linux initrd=initrd.gz auto=true priority=critical url=http://10.0.0.2:8080/configuration/full/automation/d13/preseed.cfg?mac=52-54-00-12-34-56&platform=efi interface=auto hostname=node-525400123456 domain=example.lan netcfg/disable_autoconfig=true netcfg/confirm_static=true netcfg/get_ipaddress=192.168.88.10 netcfg/get_netmask=255.255.255.0 netcfg/get_gateway=192.168.88.1 netcfg/get_nameservers=192.168.88.2 BOOTIF=01-52-54-00-aa-bb-cc  --- && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd.gz http://10.0.0.2:8080/with-firmware/d13/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the installer
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full d13 preseed.cfg 1`] = `
#_preseed_V1
# debian 13 netboot x86_64, configuration full: an installation without a question. ERASES THE DISK.

# Language and keyboard; the variant of the keyboard is set at the end, the installer knows few of them
d-i debian-installer/locale string de_DE.UTF-8
d-i keyboard-configuration/xkb-keymap select de

# Network: what netcfg needs before this file was there is on the kernel command line
d-i netcfg/choose_interface select auto
d-i netcfg/wireless_wep string
d-i netcfg/hostname string node-525400123456
d-i netcfg/get_domain string example.lan
d-i hw-detect/load_firmware boolean true

# Mirror
d-i mirror/country string manual
d-i mirror/protocol string http
d-i mirror/http/hostname string mirror.lan
d-i mirror/http/directory string /mirror/debian
d-i mirror/http/proxy string http://192.168.88.2:3128

# Root; an asterisk is no hash, so no password opens it (at an exclamation mark user-setup-ask would ask for one).
# Users are made at the end
d-i passwd/root-login boolean true
d-i passwd/root-password-crypted password $6$salt$root./hash
d-i passwd/make-user boolean false

# Clock
d-i clock-setup/utc boolean true
d-i time/zone string Europe/Berlin
d-i clock-setup/ntp boolean true
d-i clock-setup/ntp-server string ntp1.example.lan

# Disk: which one, and how it is laid out where the installer's own recipe does not fit, a script tells
d-i partman/early_command string wget -q -O /tmp/before-install.sh 'http://10.0.0.2:8080/configuration/full/automation/d13/before-install.sh?mac=52-54-00-12-34-56&platform=efi' && sh /tmp/before-install.sh
d-i partman-auto/method string crypto
d-i partman-auto-lvm/guided_size string max
d-i partman/default_filesystem string xfs
d-i partman-crypto/passphrase password correct horse "$HOME"
d-i partman-crypto/passphrase-again password correct horse "$HOME"
d-i partman-crypto/weak_passphrase boolean true
d-i partman-auto-crypto/erase_disks boolean false
d-i partman-crypto/confirm boolean true
d-i partman-crypto/confirm_nooverwrite boolean true
d-i partman-lvm/device_remove_lvm boolean true
d-i partman-md/device_remove_md boolean true
d-i partman-lvm/confirm boolean true
d-i partman-lvm/confirm_nooverwrite boolean true
d-i partman-md/confirm boolean true
d-i partman-md/confirm_nooverwrite boolean true
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
d-i partman-efi/non_efi_system boolean true

# Packages
d-i base-installer/install-recommends boolean true
d-i apt-setup/services-select multiselect security, updates
d-i apt-setup/security_host string security.lan
d-i apt-setup/contrib boolean false
d-i apt-setup/non-free boolean false
d-i apt-setup/non-free-firmware boolean true
d-i apt-setup/enable-source-repositories boolean false
d-i apt-setup/cdrom/set-first boolean false
tasksel tasksel/first multiselect ssh-server
d-i pkgsel/include string openssh-server sudo systemd-timesyncd vim libstdc++6
d-i pkgsel/upgrade select full-upgrade
d-i pkgsel/update-policy select unattended-upgrades
popularity-contest popularity-contest/participate boolean false

# Boot loader: also at the path where firmware looks when its own entries are lost
d-i grub-installer/only_debian boolean true
d-i grub-installer/with_other_os boolean true
d-i grub-installer/force-efi-extra-removable boolean true
d-i grub-installer/update-nvram boolean true

# The end. Without the script there would be nobody who can log in, so the installer stops there
d-i preseed/late_command string for try in 1 2 3 4 5; do wget -q -O /target/root/after-install.sh 'http://10.0.0.2:8080/configuration/full/automation/d13/after-install.sh?mac=52-54-00-12-34-56&platform=efi' && break; sleep 3; done; [ -s /target/root/after-install.sh ] || exit 1; in-target sh /root/after-install.sh || logger -t serabut "the commands after the installation failed"; rm -f /target/root/after-install.sh
d-i finish-install/reboot_in_progress note
d-i cdrom-detect/eject boolean false
d-i debian-installer/exit/poweroff boolean false
d-i partman-auto/choose_recipe select multi


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full f44 boot 1`] = `
#!ipxe
echo Serabut: fedora 44 dvd x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/f44.iso/images/pxeboot/vmlinuz initrd=initrd.img inst.repo=http://10.0.0.2:8080/iso/content/f44.iso ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} inst.ks=http://10.0.0.2:8080/configuration/full/automation/f44/ks.cfg?mac=52-54-00-12-34-56&platform=efi && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd.img http://10.0.0.2:8080/with-firmware/f44/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the installer
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full f44 ks.cfg 1`] = `
# fedora 44 dvd x86_64, configuration full: an installation without a question. ERASES THE DISK.
text
lang "de_DE.UTF-8"
keyboard --xlayouts="de (nodeadkeys)"
timezone "Europe/Berlin" --utc
timesource --ntp-server="ntp1.example.lan"
timesource --ntp-server="ntp2.example.lan"
network --device=52:54:00:aa:bb:cc --activate --bootproto=static --ip=192.168.88.10 --netmask=255.255.255.0 --gateway=192.168.88.1 --nameserver=192.168.88.2,192.168.88.3 --ipv4-dns-search="example.lan" --hostname=node-525400123456.example.lan

rootpw --iscrypted "$6$salt$root./hash"
sshkey --username=root "ssh-ed25519 RRRR root@lan"
user --name=ada --gecos="Ada O'Lovelace" --shell="/bin/sh" --groups=www-data,lab,wheel --iscrypted --password="$6$salt$ada./hash"
sshkey --username=ada "from=\\"10.0.0.0/8\\",command=\\"echo 'hi'\\" ssh-ed25519 AAAA ada@lan"
user --name=bob --gecos="bob" --shell="/bin/bash" --groups=wheel --lock
sshkey --username=bob "ssh-ed25519 BBBB bob"
user --name=eve --gecos="eve" --shell="/bin/bash" --iscrypted --password="$6$salt$eve./hash"
url --url="http://mirror.lan/fedora/linux/releases/44/Everything/x86_64/os/" --proxy="http://192.168.88.2:3128"

# Which disk, and how it is laid out, is written by %pre
zerombr
%include /tmp/serabut-disks
bootloader
firstboot --disable
reboot --eject

%pre --erroronfail
pick_disk() { # PATH SERIAL KIND LEAST-SECTORS ORDER TAKEN: the device of the disk that fits
  for dir in "\${SYS_BLOCK:-/sys/block}"/*; do
    name=\${dir##*/}
    dev=/dev/$(echo "$name" | tr '!' '/')
    [ -e "$dir/device" ] && [ "$dev" != "$6" ] && [ "$(cat "$dir/ro")" = 0 ] || continue
    [ "$(cat "$dir/hidden" 2> /dev/null)" != 1 ] || continue
    case $name in mmcblk*boot*|mmcblk*rpmb*) continue ;; esac
    sectors=$(cat "$dir/size")
    [ "$sectors" -gt 0 ] && [ "$sectors" -ge "$4" ] || continue
    if [ -n "$1" ]; then [ "$(readlink -f "$1")" = "$dev" ] || continue
    else [ "$(cat "$dir/removable")" = 0 ] || continue; fi
    if [ -n "$2" ]; then udevadm info -q property -n "$dev" | grep '^ID_SERIAL=' | grep -qF -e "$2" || continue; fi
    rotational=$(cat "$dir/queue/rotational")
    case $3 in
      nvme) case $name in nvme*) ;; *) continue ;; esac ;;
      ssd) [ "$rotational" = 0 ] || continue ;;
      hdd) [ "$rotational" = 1 ] || continue ;;
    esac
    echo "$sectors $dev"
  done | sort -k "1,1n$5" -k 2,2 | head -n 1 | cut -d ' ' -f 2
}
pick_disks() {
  first=$(pick_disk '/dev/nvme0n1' 'S4EV' 'nvme' '0' '' '')
  [ -n "$first" ] || { echo 'serabut: no disk fits storage.disk' >&2; return 1; }
  echo "$first"
}
disks=$(pick_disks) || { echo 'serabut: no disk fits what the configuration says' > /dev/console; exit 1; }
names=$(echo "$disks" | sed 's#/dev/##g; s/ /,/g')
{
echo "ignoredisk --only-use=$names"
echo "clearpart --all --initlabel --disklabel=gpt --drives=$names"
cat <<'SERABUT'
reqpart --add-boot
part pv.1 --size=2048 --grow --encrypted --passphrase="correct horse \\"$HOME\\""
volgroup fedora pv.1
logvol / --vgname=fedora --name=root --fstype=xfs --size=2048 --grow
logvol swap --vgname=fedora --name=swap --fstype=swap --size=4096
SERABUT
} > /tmp/serabut-disks
%end

%packages
@core
openssh-server
chrony
dnf-automatic
vim
libstdc++6
%end

%post
failed() { echo "serabut: failed: $1" >&2; }
echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/00-serabut.conf
echo 'bob ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/serabut-bob && chmod 440 /etc/sudoers.d/serabut-bob
echo proxy='http://192.168.88.2:3128' >> /etc/dnf/dnf.conf
dnf -y upgrade || failed 'the updates'
printf '[commands]\\nupgrade_type = default\\napply_updates = yes\\n' > /etc/dnf/automatic.conf
systemctl enable dnf5-automatic.timer || systemctl enable dnf-automatic.timer || failed 'the updates by themselves'
sh -c 'echo '\\''it is done'\\'' > /etc/motd' || failed 'command 1 of afterInstall'
sh -c 'for i in 1 2; do
  echo "%end $i"
done
' || failed 'command 2 of afterInstall'
%end

%onerror
echo 'serabut: the installation failed' > /dev/console
%end
selinux --permissive


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full u22 boot 1`] = `
#!ipxe
echo Serabut: ubuntu 22.04 live-server x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/u22.iso/casper/vmlinuz initrd=initrd root=/dev/ram0 ramdisk_size=1500000 ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} url=http://10.0.0.2:8080/iso/download/u22.iso cloud-config-url=/dev/null autoinstall ds=nocloud-net;s=http://10.0.0.2:8080/configuration/full/automation/u22/%s?mac=52-54-00-12-34-56&platform=efi && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd http://10.0.0.2:8080/with-firmware/u22/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the installer, which now fetches the whole ISO
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full u24 boot 1`] = `
#!ipxe
echo Serabut: ubuntu 24.04 live-server x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/u24.iso/casper/vmlinuz initrd=initrd root=/dev/ram0 ramdisk_size=1500000 ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} iso-url=http://10.0.0.2:8080/iso/download/u24.iso cloud-config-url=/dev/null autoinstall ds=nocloud;s=http://10.0.0.2:8080/configuration/full/automation/u24/%s?mac=52-54-00-12-34-56&platform=efi && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd http://10.0.0.2:8080/with-firmware/u24/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the installer, which now fetches the whole ISO
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > full u24 user-data 1`] = `
#cloud-config
# ubuntu 24.04 live-server x86_64, configuration full: an installation without a question. ERASES THE DISK.
autoinstall:
  version: 1
  locale: "de_DE.UTF-8"
  keyboard:
    layout: "de"
    variant: "nodeadkeys"
  timezone: "Europe/Berlin"
  refresh-installer:
    update: false
  source:
    id: ubuntu-server-minimal
  network:
    version: 2
    ethernets:
      boot:
        match:
          macaddress: "52:54:00:aa:bb:cc"
        addresses: [ "192.168.88.10/24" ]
        routes:
          - to: default
            via: "192.168.88.1"
        nameservers:
          addresses: [ "192.168.88.2", "192.168.88.3" ]
          search: [ "example.lan" ]
  proxy: "http://192.168.88.2:3128"
  apt:
    geoip: false
    fallback: offline-install
    mirror-selection:
      primary:
        - uri: "http://mirror.lan/ubuntu"
    security:
      - arches: [ default ]
        uri: "http://security.lan/ubuntu"
  storage:
    swap:
      size: "4096M"
    # What no layout of autoinstall does: lvm with xfs
    config:
      - { type: disk, id: disk-1, match: { path: "/dev/nvme0n1", serial: "*S4EV*", size: smallest }, ptable: gpt, wipe: superblock-recursive, grub_device: false }
      - { type: partition, id: esp-1, device: disk-1, size: 1G, flag: boot, grub_device: true }
      - { type: format, id: esp-1-format, volume: esp-1, fstype: fat32 }
      - { type: partition, id: boot-1, device: disk-1, size: 2G }
      - { type: partition, id: root-1, device: disk-1, size: -1 }
      - { type: dm_crypt, id: crypt, volume: root-1, key: "correct horse \\"$HOME\\"" }
      - { type: lvm_volgroup, id: group, name: ubuntu-vg, devices: [ crypt ] }
      - { type: lvm_partition, id: volume, name: ubuntu-lv, volgroup: group, size: -1 }
      - { type: format, id: boot-format, volume: boot-1, fstype: ext4 }
      - { type: format, id: root-format, volume: volume, fstype: xfs }
      - { type: mount, id: root-mount, device: root-format, path: / }
      - { type: mount, id: boot-mount, device: boot-format, path: /boot }
      - { type: mount, id: esp-mount, device: esp-1-format, path: /boot/efi }
  ssh:
    install-server: true
    allow-pw: false
  updates: all
  packages: [ "vim", "libstdc++6" ]
  user-data:
    hostname: "node-525400123456"
    fqdn: "node-525400123456.example.lan"
    ssh_pwauth: true
    disable_root: false
    ntp:
      enabled: true
      servers: [ "ntp1.example.lan", "ntp2.example.lan" ]
    users:
      - name: root
        lock_passwd: false
        hashed_passwd: "$6$salt$root./hash"
        ssh_authorized_keys: [ "ssh-ed25519 RRRR root@lan" ]
      - name: "ada"
        gecos: "Ada O'Lovelace"
        shell: "/bin/sh"
        groups: [ "www-data", "lab", "sudo" ]
        sudo: 'ALL=(ALL) ALL'
        lock_passwd: false
        hashed_passwd: "$6$salt$ada./hash"
        ssh_authorized_keys: [ "from=\\"10.0.0.0/8\\",command=\\"echo 'hi'\\" ssh-ed25519 AAAA ada@lan" ]
      - name: "bob"
        gecos: "bob"
        shell: "/bin/bash"
        groups: [ "sudo" ]
        sudo: 'ALL=(ALL) NOPASSWD:ALL'
        lock_passwd: true
        ssh_authorized_keys: [ "ssh-ed25519 BBBB bob" ]
      - name: "eve"
        gecos: "eve"
        shell: "/bin/bash"
        lock_passwd: false
        hashed_passwd: "$6$salt$eve./hash"
  late-commands:
    - printf 'APT::Periodic::%s "1";\\n' Update-Package-Lists Unattended-Upgrade > /target/etc/apt/apt.conf.d/20auto-upgrades
    - echo 'Unattended-Upgrade::Allowed-Origins { "\${distro_id}:\${distro_codename}-updates"; };' > /target/etc/apt/apt.conf.d/51serabut
    - [ curtin, in-target, --, sh, -c, "echo 'it is done' > /etc/motd" ]
    - [ curtin, in-target, --, sh, -c, "for i in 1 2; do\\n  echo \\"%end $i\\"\\ndone\\n" ]
  shutdown: reboot
  kernel: { flavor: hwe }


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > mirrored d13 before-install.sh 1`] = `
#!/bin/sh
# Runs in the installer before it partitions: tells it the disks, and how they are laid out where no recipe of its own
# does it. What stands for partitions is explained in partman-auto-recipe.txt and partman-auto-raid-recipe.txt of the
# package debian-installer.

# A proxy or mirror may be away for a minute, as when its pod is replaced: debootstrap tries a package once, and wget gives
# up at once where nobody listens.
printf '%s\\n' 'tries = 30' 'waitretry = 10' 'retry_connrefused = on' > /etc/wgetrc

pick_disk() { # PATH SERIAL KIND LEAST-SECTORS ORDER TAKEN: the device of the disk that fits
  for dir in "\${SYS_BLOCK:-/sys/block}"/*; do
    name=\${dir##*/}
    dev=/dev/$(echo "$name" | tr '!' '/')
    [ -e "$dir/device" ] && [ "$dev" != "$6" ] && [ "$(cat "$dir/ro")" = 0 ] || continue
    [ "$(cat "$dir/hidden" 2> /dev/null)" != 1 ] || continue
    case $name in mmcblk*boot*|mmcblk*rpmb*) continue ;; esac
    sectors=$(cat "$dir/size")
    [ "$sectors" -gt 0 ] && [ "$sectors" -ge "$4" ] || continue
    if [ -n "$1" ]; then [ "$(readlink -f "$1")" = "$dev" ] || continue
    else [ "$(cat "$dir/removable")" = 0 ] || continue; fi
    if [ -n "$2" ]; then udevadm info -q property -n "$dev" | grep '^ID_SERIAL=' | grep -qF -e "$2" || continue; fi
    rotational=$(cat "$dir/queue/rotational")
    case $3 in
      nvme) case $name in nvme*) ;; *) continue ;; esac ;;
      ssd) [ "$rotational" = 0 ] || continue ;;
      hdd) [ "$rotational" = 1 ] || continue ;;
    esac
    echo "$sectors $dev"
  done | sort -k "1,1n$5" -k 2,2 | head -n 1 | cut -d ' ' -f 2
}
pick_disks() {
  first=$(pick_disk '' '' 'ssd' '0' 'r' '')
  [ -n "$first" ] || { echo 'serabut: no disk fits storage.disk' >&2; return 1; }
  second=$(pick_disk '' '' 'hdd' '0' '' "$first")
  [ -n "$second" ] || { echo 'serabut: no second disk fits storage.otherDisk' >&2; return 1; }
  echo "$first" "$second"
}
disks=$(pick_disks) || { logger -t serabut 'no disk fits what the configuration says'; exit 1; }
# shellcheck disable=SC2086
set -- $disks
logger -t serabut "installing on $*"
debconf-set partman-auto/disk "$*"
debconf-set grub-installer/bootdev "$*"

debconf-set partman-partitioning/default_label gpt
if [ -d /sys/firmware/efi ]; then
  loader='768 788 1024 free $primary{ } $iflabel{ gpt } $reusemethod{ } method{ efi } format{ } .'
else
  loader='1 1 1 free $primary{ } $iflabel{ gpt } $reusemethod{ } method{ biosgrub } .'
fi
first=$1 second=$2
both() { # N: the partition N of both disks, the way the recipe for RAID wants it
  for disk in "$first" "$second"; do
    case $disk in *[0-9]) echo "\${disk}p$1" ;; *) echo "$disk$1" ;; esac
  done | tr '\\n' '#' | sed 's/#$//'
}
member='$primary{ } method{ raid } .'
debconf-set partman-auto/expert_recipe "serabut :: $loader 1024 1024 1024 raid $member 512 512 512 raid $member 2000 4000 -1 raid $member"
raid="1 2 0 ext4 /boot $(both 2) ."
raid="$raid 1 2 0 swap - $(both 3) ."
debconf-set partman-auto-raid/recipe "$raid 1 2 0 xfs / $(both 4) ."

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > mirrored rocky9 ks.cfg 1`] = `
# rocky 9 dvd x86_64, configuration mirrored: an installation without a question. ERASES THE DISK.
text
lang "en_US.UTF-8"
keyboard --xlayouts="us"
timezone "Etc/UTC" --utc
timesource --ntp-disable
network --device=bootif --activate --bootproto=dhcp --ipv4-ignore-auto-dns --nameserver=192.168.88.2

rootpw --lock
user --name=ada --gecos="ada" --shell="/bin/bash" --groups=wheel --lock
sshkey --username=ada "from=\\"10.0.0.0/8\\",command=\\"echo 'hi'\\" ssh-ed25519 AAAA ada@lan"
url --url="http://10.0.0.2:8080/iso/content/rocky9.iso"

# Which disk, and how it is laid out, is written by %pre
zerombr
%include /tmp/serabut-disks
bootloader
firstboot --disable
reboot --eject

%pre --erroronfail
pick_disk() { # PATH SERIAL KIND LEAST-SECTORS ORDER TAKEN: the device of the disk that fits
  for dir in "\${SYS_BLOCK:-/sys/block}"/*; do
    name=\${dir##*/}
    dev=/dev/$(echo "$name" | tr '!' '/')
    [ -e "$dir/device" ] && [ "$dev" != "$6" ] && [ "$(cat "$dir/ro")" = 0 ] || continue
    [ "$(cat "$dir/hidden" 2> /dev/null)" != 1 ] || continue
    case $name in mmcblk*boot*|mmcblk*rpmb*) continue ;; esac
    sectors=$(cat "$dir/size")
    [ "$sectors" -gt 0 ] && [ "$sectors" -ge "$4" ] || continue
    if [ -n "$1" ]; then [ "$(readlink -f "$1")" = "$dev" ] || continue
    else [ "$(cat "$dir/removable")" = 0 ] || continue; fi
    if [ -n "$2" ]; then udevadm info -q property -n "$dev" | grep '^ID_SERIAL=' | grep -qF -e "$2" || continue; fi
    rotational=$(cat "$dir/queue/rotational")
    case $3 in
      nvme) case $name in nvme*) ;; *) continue ;; esac ;;
      ssd) [ "$rotational" = 0 ] || continue ;;
      hdd) [ "$rotational" = 1 ] || continue ;;
    esac
    echo "$sectors $dev"
  done | sort -k "1,1n$5" -k 2,2 | head -n 1 | cut -d ' ' -f 2
}
pick_disks() {
  first=$(pick_disk '' '' 'ssd' '0' 'r' '')
  [ -n "$first" ] || { echo 'serabut: no disk fits storage.disk' >&2; return 1; }
  second=$(pick_disk '' '' 'hdd' '0' '' "$first")
  [ -n "$second" ] || { echo 'serabut: no second disk fits storage.otherDisk' >&2; return 1; }
  echo "$first" "$second"
}
disks=$(pick_disks) || { echo 'serabut: no disk fits what the configuration says' > /dev/console; exit 1; }
names=$(echo "$disks" | sed 's#/dev/##g; s/ /,/g')
{
echo "ignoredisk --only-use=$names"
echo "clearpart --all --initlabel --disklabel=gpt --drives=$names"
n=0 loader=biosboot
for disk in $(echo "$names" | tr ',' ' '); do
  n=$((n + 1))
  if [ -d /sys/firmware/efi ]; then echo "part raid.1$n --size=600 --ondisk=$disk"
  # One mount point may stand once alone, and "None" is as good as "biosboot" for what the type says.
  else echo "part $loader --fstype=biosboot --size=1 --ondisk=$disk"; fi
  loader=None
  echo "part raid.2$n --size=1024 --ondisk=$disk"
  echo "part raid.4$n --size=512 --ondisk=$disk"
  echo "part raid.3$n --size=2048 --grow --ondisk=$disk"
done
[ ! -d /sys/firmware/efi ] || echo 'raid /boot/efi --device=efi --level=RAID1 --fstype=efi raid.11 raid.12'
cat <<'SERABUT'
raid /boot --device=boot --level=RAID1 --fstype=xfs raid.21 raid.22
raid / --device=root --level=RAID1 --fstype=xfs raid.31 raid.32
raid swap --device=swap --level=RAID1 --fstype=swap raid.41 raid.42
SERABUT
} > /tmp/serabut-disks
%end

%packages
@^server-product-environment
openssh-server
%end

%post
failed() { echo "serabut: failed: $1" >&2; }
echo 'PasswordAuthentication no' > /etc/ssh/sshd_config.d/00-serabut.conf
echo 'ada ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/serabut-ada && chmod 440 /etc/sudoers.d/serabut-ada
dnf -y upgrade --security || failed 'the security updates'
%end

%onerror
echo 'serabut: the installation failed' > /dev/console
%end


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > plain rocky10net boot 1`] = `
#!ipxe
echo Serabut: rocky 10 netinst x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/rocky10net.iso/images/pxeboot/vmlinuz initrd=initrd.img inst.stage2=http://10.0.0.2:8080/iso/content/rocky10net.iso ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} inst.ks=http://10.0.0.2:8080/configuration/plain/automation/rocky10net/ks.cfg?mac=52-54-00-12-34-56&platform=efi && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd.img http://10.0.0.2:8080/with-firmware/rocky10net/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the installer
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > plain rocky10net ks.cfg 1`] = `
# rocky 10 netinst x86_64, configuration plain: an installation without a question. ERASES THE DISK.
text
lang "en_US.UTF-8"
keyboard --xlayouts="us"
timezone "Etc/UTC" --utc
network --device=bootif --activate --bootproto=dhcp

rootpw --lock
user --name=ada --gecos="ada" --shell="/bin/bash" --groups=wheel --lock
sshkey --username=ada "from=\\"10.0.0.0/8\\",command=\\"echo 'hi'\\" ssh-ed25519 AAAA ada@lan"
url --mirrorlist="https://mirrors.rockylinux.org/mirrorlist?arch=x86_64&repo=BaseOS-10"
repo --name=AppStream --mirrorlist="https://mirrors.rockylinux.org/mirrorlist?arch=x86_64&repo=AppStream-10"

# Which disk, and how it is laid out, is written by %pre
zerombr
%include /tmp/serabut-disks
bootloader
firstboot --disable
reboot --eject

%pre --erroronfail
pick_disk() { # PATH SERIAL KIND LEAST-SECTORS ORDER TAKEN: the device of the disk that fits
  for dir in "\${SYS_BLOCK:-/sys/block}"/*; do
    name=\${dir##*/}
    dev=/dev/$(echo "$name" | tr '!' '/')
    [ -e "$dir/device" ] && [ "$dev" != "$6" ] && [ "$(cat "$dir/ro")" = 0 ] || continue
    [ "$(cat "$dir/hidden" 2> /dev/null)" != 1 ] || continue
    case $name in mmcblk*boot*|mmcblk*rpmb*) continue ;; esac
    sectors=$(cat "$dir/size")
    [ "$sectors" -gt 0 ] && [ "$sectors" -ge "$4" ] || continue
    if [ -n "$1" ]; then [ "$(readlink -f "$1")" = "$dev" ] || continue
    else [ "$(cat "$dir/removable")" = 0 ] || continue; fi
    if [ -n "$2" ]; then udevadm info -q property -n "$dev" | grep '^ID_SERIAL=' | grep -qF -e "$2" || continue; fi
    rotational=$(cat "$dir/queue/rotational")
    case $3 in
      nvme) case $name in nvme*) ;; *) continue ;; esac ;;
      ssd) [ "$rotational" = 0 ] || continue ;;
      hdd) [ "$rotational" = 1 ] || continue ;;
    esac
    echo "$sectors $dev"
  done | sort -k "1,1n$5" -k 2,2 | head -n 1 | cut -d ' ' -f 2
}
pick_disks() {
  first=$(pick_disk '' '' '' '0' 'r' '')
  [ -n "$first" ] || { echo 'serabut: no disk fits storage.disk' >&2; return 1; }
  echo "$first"
}
disks=$(pick_disks) || { echo 'serabut: no disk fits what the configuration says' > /dev/console; exit 1; }
names=$(echo "$disks" | sed 's#/dev/##g; s/ /,/g')
{
echo "ignoredisk --only-use=$names"
echo "clearpart --all --initlabel --disklabel=gpt --drives=$names"
cat <<'SERABUT'
reqpart --add-boot
part / --fstype=xfs --size=2048 --grow
part swap --fstype=swap --recommended
SERABUT
} > /tmp/serabut-disks
%end

%packages
@^server-product-environment
openssh-server
chrony
%end

%post
failed() { echo "serabut: failed: $1" >&2; }
echo 'PasswordAuthentication no' > /etc/ssh/sshd_config.d/00-serabut.conf
echo 'ada ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/serabut-ada && chmod 440 /etc/sudoers.d/serabut-ada
dnf -y upgrade --security || failed 'the security updates'
%end

%onerror
echo 'serabut: the installation failed' > /dev/console
%end


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all > plain u24 user-data 1`] = `
#cloud-config
# ubuntu 24.04 live-server x86_64, configuration plain: an installation without a question. ERASES THE DISK.
autoinstall:
  version: 1
  locale: "en_US.UTF-8"
  keyboard:
    layout: "us"
  timezone: "Etc/UTC"
  refresh-installer:
    update: false
  source:
    id: ubuntu-server
  apt:
    geoip: false
    fallback: offline-install
  storage:
    layout:
      name: "direct"
      match: { size: largest }
  ssh:
    install-server: true
    allow-pw: false
  updates: security
  user-data:
    ssh_pwauth: false
    disable_root: false
    ntp:
      enabled: true
    users:
      - name: "ada"
        gecos: "ada"
        shell: "/bin/bash"
        groups: ["sudo"]
        sudo: 'ALL=(ALL) NOPASSWD:ALL'
        lock_passwd: true
        ssh_authorized_keys: ["from=\\"10.0.0.0/8\\",command=\\"echo 'hi'\\" ssh-ed25519 AAAA ada@lan"]
  shutdown: reboot


`
