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

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /boot/d13?configuration=web 1`] = `
#!ipxe
echo Serabut: debian 13 netboot x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/d13.iso/linux initrd=initrd.gz auto=true priority=critical url=http://10.0.0.2:8080/configuration/web/automation/d13/preseed.cfg interface=auto hostname=web1 domain=example.lan netcfg/get_nameservers=192.168.88.1,1.1.1.1 BOOTIF=01-\${netX/mac:hexhyp}  --- && goto done_the_kernel || set error \${errno}
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

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /boot/f44?configuration=web 1`] = `
#!ipxe
echo Serabut: fedora 44 dvd x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/f44.iso/images/pxeboot/vmlinuz initrd=initrd.img inst.repo=http://10.0.0.2:8080/iso/content/f44.iso ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} inst.ks=http://10.0.0.2:8080/configuration/web/automation/f44/ks.cfg && goto done_the_kernel || set error \${errno}
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

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /boot/u22?configuration=web 1`] = `
#!ipxe
echo Serabut: ubuntu 22.04 live-server x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/u22.iso/casper/vmlinuz initrd=initrd root=/dev/ram0 ramdisk_size=1500000 ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} url=http://10.0.0.2:8080/iso/download/u22.iso cloud-config-url=/dev/null autoinstall ds=nocloud-net;s=http://10.0.0.2:8080/configuration/web/automation/u22/ && goto done_the_kernel || set error \${errno}
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

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /boot/u24?configuration=web 1`] = `
#!ipxe
echo Serabut: ubuntu 24.04 live-server x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/u24.iso/casper/vmlinuz initrd=initrd root=/dev/ram0 ramdisk_size=1500000 ip=dhcp BOOTIF=01-\${netX/mac:hexhyp} iso-url=http://10.0.0.2:8080/iso/download/u24.iso cloud-config-url=/dev/null autoinstall ds=nocloud;s=http://10.0.0.2:8080/configuration/web/automation/u24/ && goto done_the_kernel || set error \${errno}
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

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /configuration/web/automation/d13/after-install.sh 1`] = `
#!/bin/sh
# Runs as root in the installed system, at the end of the installation. What fails is logged and the rest goes on.
failed() { echo "serabut: failed: $1" >&2; }

home=$(getent passwd 'ada' | cut -d: -f6)
[ -n "$home" ] && install -d -m 700 -o 'ada' -g 'ada' "$home/.ssh"
[ -n "$home" ] && printf '%s\\n' 'ssh-ed25519 AAAA ada@lan' > "$home/.ssh/authorized_keys"
chown 'ada': "$home/.ssh/authorized_keys" && chmod 600 "$home/.ssh/authorized_keys" || failed 'ada'

useradd --create-home --shell /bin/bash --comment 'bob' 'bob' || failed 'bob'
home=$(getent passwd 'bob' | cut -d: -f6)
[ -n "$home" ] && install -d -m 700 -o 'bob' -g 'bob' "$home/.ssh"
[ -n "$home" ] && printf '%s\\n' 'ssh-ed25519 BBBB bob' > "$home/.ssh/authorized_keys"
chown 'bob': "$home/.ssh/authorized_keys" && chmod 600 "$home/.ssh/authorized_keys" || failed 'bob'

sh -c 'echo '\\''it is done'\\'' > /etc/motd' || failed 'echo '\\''it is done'\\'' > /etc/motd'
exit 0

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /configuration/web/automation/d13/preseed.cfg 1`] = `
#_preseed_V1
# debian 13 netboot x86_64, configuration web: an installation without a question. ERASES THE DISK.

# Language and keyboard
d-i debian-installer/locale string de_DE.UTF-8
d-i keyboard-configuration/xkb-keymap select de

# Network: what netcfg needs before this file was there is on the kernel command line
d-i netcfg/choose_interface select auto
d-i netcfg/wireless_wep string
d-i netcfg/hostname string web1
d-i netcfg/get_domain string example.lan
d-i hw-detect/load_firmware boolean true

# Mirror
d-i mirror/country string manual
d-i mirror/protocol string http
d-i mirror/http/hostname string mirror.lan
d-i mirror/http/directory string /debian
d-i mirror/http/proxy string http://192.168.88.2:3128

# Root and the first user; further users are made by the late command
d-i passwd/root-login boolean true
d-i passwd/root-password-crypted password $6$salt$roothash
d-i passwd/make-user boolean true
d-i passwd/username string ada
d-i passwd/user-fullname string Ada L.
d-i passwd/user-password-crypted password $6$salt$adahash
d-i passwd/user-default-groups string audio cdrom video plugdev netdev sudo

# Clock
d-i clock-setup/utc boolean true
d-i time/zone string Europe/Berlin
d-i clock-setup/ntp boolean true

# Disk
d-i partman-auto/disk string /dev/nvme0n1
d-i grub-installer/bootdev string /dev/nvme0n1
d-i partman-auto/method string lvm
d-i partman-auto-lvm/guided_size string max
d-i partman-auto/choose_recipe select atomic
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
d-i apt-setup/security_host string mirror.lan
d-i apt-setup/contrib boolean false
d-i apt-setup/non-free boolean false
d-i apt-setup/non-free-firmware boolean true
d-i apt-setup/enable-source-repositories boolean false
d-i apt-setup/cdrom/set-first boolean false
tasksel tasksel/first multiselect standard, ssh-server
d-i pkgsel/include string vim libstdc++6
d-i pkgsel/upgrade select full-upgrade
d-i pkgsel/update-policy select none
popularity-contest popularity-contest/participate boolean false

# Boot loader: also at the path where firmware looks when its own entries are lost
d-i grub-installer/only_debian boolean true
d-i grub-installer/with_other_os boolean true
d-i grub-installer/force-efi-extra-removable boolean true
d-i grub-installer/update-nvram boolean true

# The end
d-i preseed/late_command string wget -q -O /target/root/after-install.sh http://10.0.0.2:8080/configuration/web/automation/d13/after-install.sh && in-target sh /root/after-install.sh || logger -t serabut "the commands after the installation failed"; rm -f /target/root/after-install.sh
d-i finish-install/reboot_in_progress note
d-i cdrom-detect/eject boolean false
d-i debian-installer/exit/poweroff boolean false
d-i partman-auto/choose_recipe select multi


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /configuration/web/automation/f44/ks.cfg 1`] = `
# fedora 44 dvd x86_64, configuration web: an installation without a question. ERASES THE DISK.
text
lang "de_DE.UTF-8"
keyboard --xlayouts="de"
timezone "Europe/Berlin" --utc
network --bootproto=dhcp --device=link --activate --hostname="web1"
rootpw --iscrypted "$6$salt$roothash"
user --name="ada" --gecos="Ada L." --groups=wheel --iscrypted --password="$6$salt$adahash"
sshkey --username="ada" "ssh-ed25519 AAAA ada@lan"
user --name="bob" --gecos="bob" --lock
sshkey --username="bob" "ssh-ed25519 BBBB bob"
url --url="http://10.0.0.2:8080/iso/content/f44.iso"
zerombr
ignoredisk --only-use="nvme0n1"
clearpart --all --initlabel
autopart --type=lvm
bootloader
firstboot --disable
reboot --eject

%packages
@core
vim
libstdc++6
%end

%post
echo 'it is done' > /etc/motd
%end


`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /configuration/web/automation/u24/meta-data 1`] = `

instance-id: web

`

exports[`build/test/plugins/distros.test.js > TAP > the answer files and scripts of one configuration for all three > /configuration/web/automation/u24/user-data 1`] = `
#cloud-config
# ubuntu 24.04 live-server x86_64, configuration web: an installation without a question. ERASES THE DISK.
autoinstall:
  version: 1
  locale: "de_DE.UTF-8"
  keyboard:
    layout: "de"
  timezone: "Europe/Berlin"
  refresh-installer:
    update: false
  apt:
    geoip: false
    fallback: offline-install
    mirror-selection:
      primary:
        - uri: "http://mirror.lan/ubuntu"
  proxy: "http://192.168.88.2:3128"
  storage:
    layout:
      name: "lvm"
      match:
        path: "/dev/nvme0n1"
  ssh:
    install-server: true
    allow-pw: false
  updates: security
  packages:
    - "vim"
    - "libstdc++6"
  user-data:
    hostname: "web1"
    users:
      - name: root
        lock_passwd: false
        hashed_passwd: "$6$salt$roothash"
      - name: "ada"
        gecos: "Ada L."
        shell: /bin/bash
        groups: [sudo]
        lock_passwd: false
        hashed_passwd: "$6$salt$adahash"
        ssh_authorized_keys: ["ssh-ed25519 AAAA ada@lan"]
      - name: "bob"
        gecos: "bob"
        shell: /bin/bash
        ssh_authorized_keys: ["ssh-ed25519 BBBB bob"]
  late-commands:
    - [curtin, in-target, --, sh, -c, "echo 'it is done' > /etc/motd"]
  shutdown: reboot


`
