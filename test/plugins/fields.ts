import type { ConfigurationName } from '../helpers/distros.js';

/**
 * What becomes of each field of a Configuration: a piece of text that stands in the files for Debian 13, Ubuntu 24.04
 * and Fedora 44 because of the value that the field has in the configuration `of`, and does not stand in those of the
 * configuration `plain`. docs/configuration.md shows this table; fields.test.ts holds it against the files.
 */
export interface FieldRow {
  readonly field: string;
  readonly about: string;
  /** The configuration of test/helpers/distros.ts that sets it; `full` when left out. */
  readonly of?: ConfigurationName;
  /** Null where the distribution cannot do it, which is a finding. */
  readonly debian: string | null;
  readonly ubuntu: string | null;
  readonly fedora: string | null;
}

const row = (field: string, about: string, debian: string | null, ubuntu: string | null, fedora: string | null, of?: ConfigurationName): FieldRow => ({ field, about, debian, ubuntu, fedora, ...(of && { of }) }); // biome-ignore format: one line

// biome-ignore format: a table
export const fieldRows: readonly FieldRow[] = [
  row('locale', 'language and character set', 'd-i debian-installer/locale string de_DE.UTF-8', 'locale: "de_DE.UTF-8"', 'lang "de_DE.UTF-8"'),
  row('keyboard.layout', 'layout as XKB names it', 'd-i keyboard-configuration/xkb-keymap select de', 'layout: "de"', 'keyboard --xlayouts="de'),
  row('keyboard.variant', 'variant of the layout', 'XKBVARIANT="nodeadkeys"', 'variant: "nodeadkeys"', '(nodeadkeys)"'),
  row('timezone', 'time zone; the hardware clock runs on UTC', 'd-i time/zone string Europe/Berlin', 'timezone: "Europe/Berlin"', 'timezone "Europe/Berlin" --utc'),
  row('hostname', 'host name, with `{mac}`, `{serial}`, `{uuid}` filled in', 'd-i netcfg/hostname string node-525400123456', 'hostname: "node-525400123456"', '--hostname=node-525400123456'),
  row('network.interface', 'network card by its MAC address', 'BOOTIF=01-52-54-00-aa-bb-cc', 'macaddress: "52:54:00:aa:bb:cc"', '--device=52:54:00:aa:bb:cc'),
  row('network.address', 'IPv4 address and prefix', 'netcfg/get_ipaddress=192.168.88.10 netcfg/get_netmask=255.255.255.0', 'addresses: [ "192.168.88.10/24" ]', '--ip=192.168.88.10 --netmask=255.255.255.0'),
  row('network.gateway', 'default route', 'netcfg/get_gateway=192.168.88.1', 'via: "192.168.88.1"', '--gateway=192.168.88.1'),
  row('network.nameServers', 'name servers, in place of those of DHCP', "printf 'nameserver %s\\n' 192.168.88.2 192.168.88.3", 'addresses: [ "192.168.88.2", "192.168.88.3" ]', '--nameserver=192.168.88.2,192.168.88.3'),
  row('network.domain', 'domain of the machine, searched for short names', 'd-i netcfg/get_domain string example.lan', 'search: [ "example.lan" ]', '--ipv4-dns-search="example.lan"'),
  row('ntp.enabled', 'whether the clock is set by the network', 'd-i clock-setup/ntp boolean false', 'systemctl disable systemd-timesyncd chrony', 'timesource --ntp-disable', 'mirrored'),
  row('ntp.servers', 'time servers in place of the usual ones', "'ntp1.example.lan ntp2.example.lan'", 'servers: [ "ntp1.example.lan", "ntp2.example.lan" ]', 'timesource --ntp-server="ntp1.example.lan"'),
  row('root.passwordHash', 'password of root, by crypt(5)', 'd-i passwd/root-password-crypted password $6$salt$root./hash', 'hashed_passwd: "$6$salt$root./hash"', 'rootpw --iscrypted "$6$salt$root./hash"'),
  row('root.sshKeys', 'SSH keys of root', "keys root /root 'ssh-ed25519 RRRR root@lan'", 'ssh_authorized_keys: [ "ssh-ed25519 RRRR root@lan" ]', 'sshkey --username=root "ssh-ed25519 RRRR root@lan"'),
  row('users[].name', 'name of the account', "'eve' || failed 'eve'", '- name: "eve"', 'user --name=eve'),
  row('users[].fullName', "person's name", "--comment 'Ada O'\\''Lovelace'", 'gecos: "Ada O\'Lovelace"', '--gecos="Ada O\'Lovelace"'),
  row('users[].passwordHash', 'password, by crypt(5)', "usermod --password '$6$salt$ada./hash' 'ada'", 'hashed_passwd: "$6$salt$ada./hash"', '--iscrypted --password="$6$salt$ada./hash"'),
  row('users[].sshKeys', 'lines of authorized_keys', "'ssh-ed25519 BBBB bob'", 'ssh_authorized_keys: [ "ssh-ed25519 BBBB bob" ]', 'sshkey --username=bob "ssh-ed25519 BBBB bob"'),
  row('users[].groups', 'further groups', 'usermod --append --groups lab \'ada\'', 'groups: [ "www-data", "lab", "sudo" ]', '--groups=www-data,lab,wheel'),
  row('users[].sudo', 'may do anything by sudo, asked for the password if there is one', "usermod --append --groups sudo 'bob'", "sudo: 'ALL=(ALL) ALL'", 'user --name=bob --gecos="bob" --shell="/bin/bash" --groups=wheel'),
  row('users[].shell', 'login shell', "--shell '/bin/sh'", 'shell: "/bin/sh"', '--shell="/bin/sh"'),
  row('sshPasswords', 'whether SSH takes passwords', 'PasswordAuthentication yes', 'ssh_pwauth: true', 'PasswordAuthentication yes'),
  row('environment', '`server` or `minimal`', 'tasksel tasksel/first multiselect ssh-server', 'id: ubuntu-server-minimal', '@core'),
  row('packages', 'packages besides', 'd-i pkgsel/include string openssh-server sudo systemd-timesyncd vim libstdc++6', 'packages: [ "vim", "libstdc++6" ]', 'libstdc++6'),
  row('updates.policy', 'updates at the end of the installation: `security`, `all`, `none`', 'd-i apt-setup/services-select multiselect security, updates', 'updates: all', "dnf -y upgrade || failed"),
  row('updates.unattended', 'whether it goes on so by itself', 'd-i pkgsel/update-policy select unattended-upgrades', 'APT::Periodic::%s "1"', 'dnf-automatic.timer'),
  row('storage.disk.path', 'device path of the disk', "pick_disk '/dev/nvme0n1'", 'path: "/dev/nvme0n1"', "pick_disk '/dev/nvme0n1'"),
  row('storage.disk.serial', 'part of its serial number', "'S4EV'", 'serial: "*S4EV*"', "'S4EV'"),
  row('storage.disk.kind', '`nvme`, `ssd` (any that does not rotate), `hdd`', "pick_disk '' '' 'ssd'", 'match: { ssd: true,', "pick_disk '' '' 'ssd'", 'mirrored'),
  row('storage.disk.atLeastGB', 'least size in 10⁹ bytes', "pick_disk '' '' '' '195312500'", null, "pick_disk '' '' '' '195312500'", 'sized'),
  row('storage.disk.size', 'of those that remain the `largest` or `smallest`', "'nvme' '0' ''", 'size: smallest', "'nvme' '0' ''"),
  row('storage.otherDisk.path', 'as `disk`, for the second disk of raid1', "second=$(pick_disk '/dev/sdb'", 'path: "/dev/sdb"', "second=$(pick_disk '/dev/sdb'", 'other'),
  row('storage.otherDisk.serial', '', "'S5XY'", 'serial: "*S5XY*"', "'S5XY'", 'other'),
  row('storage.otherDisk.kind', '', "second=$(pick_disk '' '' 'hdd'", '{ ssd: false, size: smallest }', "second=$(pick_disk '' '' 'hdd'", 'mirrored'),
  row('storage.otherDisk.atLeastGB', '', "second=$(pick_disk '' '' '' '195312500'", null, "second=$(pick_disk '' '' '' '195312500'", 'sized-pair'),
  row('storage.otherDisk.size', '', "'hdd' '0' ''", '{ ssd: false, size: smallest }', "'hdd' '0' ''", 'mirrored'),
  row('storage.layout', '`direct`, `lvm`, `raid1`', 'd-i partman-auto/method string raid', 'raidlevel: raid1', 'raid / --device=root --level=RAID1', 'mirrored'),
  row('storage.filesystem', 'file system of the root', 'd-i partman/default_filesystem string xfs', 'volume: volume, fstype: xfs', '--name=root --fstype=xfs'),
  row('storage.swapMiB', 'swap space, 0 for none', '4096 4096 4096 linux-swap', 'size: "4096M"', '--fstype=swap --size=4096'),
  row('storage.passphrase', 'encrypts the disk', 'd-i partman-crypto/passphrase password correct horse "$HOME"', 'key: "correct horse \\"$HOME\\""', '--encrypted --passphrase="correct horse \\"$HOME\\""'),
  row('mirrors.{}.host', 'host of a mirror', 'd-i mirror/http/hostname string mirror.lan', 'uri: "http://mirror.lan/', 'url --url="http://mirror.lan/'),
  row('mirrors.{}.directory', 'where its tree begins', 'd-i mirror/http/directory string /mirror/debian', 'mirror.lan/ubuntu"', 'mirror.lan/fedora/linux/releases/44/Everything/x86_64/os/'),
  row('mirrors.{}.securityHost', 'host of its security updates', 'd-i apt-setup/security_host string security.lan', 'uri: "http://security.lan/ubuntu"', null),
  row('proxy', 'package proxy', 'd-i mirror/http/proxy string http://192.168.88.2:3128', 'proxy: "http://192.168.88.2:3128"', '--proxy="http://192.168.88.2:3128"'),
  row('afterInstall', 'shell scripts, run as root at the end', "sh -c 'echo '\\''it is done'\\'' > /etc/motd'", '[ curtin, in-target, --, sh, -c, "echo \'it is done\' > /etc/motd" ]', "sh -c 'echo '\\''it is done'\\'' > /etc/motd'"),
  row('secrets', 'values of Secrets, by the variables in which `afterInstall` finds them', 'export LICENSE=', 'curtin in-target -- sh /root/after-install.sh', 'export LICENSE=', 'secret'),
  row('additions', 'what is added to an answer file', 'd-i partman-auto/choose_recipe select multi', 'kernel: { flavor: hwe }', 'selinux --permissive'),
];
