import Type, { type Static } from '../typebox.js';
import {
  absolutePath,
  addressWithPrefix,
  control,
  groupName,
  host,
  hostPattern,
  ipv4,
  lines,
  macAddress,
  nullable,
  oneOf,
  orSecret,
  packageName,
  part,
  passphrase,
  passwordHash,
  personName,
  secretReference,
  switchable,
  text,
  userName,
  variableName,
} from './text.js';

const listOf = <T extends Parameters<typeof Type.Array>[0]>(items: T) => Type.Array(items, { default: [] });
/** A line of authorized_keys (sshd(8)): options, type, key, comment. */
const sshKey = () => text(`^(?![-#\\s])[^${control}]*\\S$`, 'a public SSH key on one line', 8192);

/** One person who may log in. Without a hash or a key there is no way in for them. */
const user = Type.Object(
  {
    name: userName(),
    /** The user's name when it is left out. */
    fullName: nullable(personName()),
    passwordHash: nullable(orSecret(passwordHash())),
    sshKeys: listOf(sshKey()),
    /** Groups besides the user's own; those that are not there are made. */
    groups: listOf(groupName()),
    /** May do anything by sudo; asked for the password if there is one. */
    sudo: switchable(true),
    shell: { ...absolutePath(), default: '/bin/bash' },
  },
  { additionalProperties: false },
);

/** How the machine is on the network, while it is installed and afterwards. IPv4. */
const network = part({
  /** The network card by its MAC address; the one that the machine booted from when it is left out. */
  interface: nullable(macAddress()),
  /** Address and prefix, such as 192.168.88.10/24; by DHCP when it is left out. */
  address: nullable(addressWithPrefix()),
  gateway: nullable(ipv4()),
  /** In place of those of DHCP. */
  nameServers: listOf(ipv4()),
  /** The domain of the machine, in which names without a dot are looked up too. */
  domain: nullable(host()),
});

/** Which disk to take. All that is said must hold; of several disks that remain, the one that `size` says. */
const diskRule = {
  /** A device path, such as /dev/nvme0n1 or /dev/disk/by-id/…; only so is a removable disk taken. */
  path: nullable(absolutePath()),
  /** A part of the disk's ID_SERIAL (udevadm info /dev/sda). */
  serial: nullable(text('^[A-Za-z0-9._-]+$', 'letters and digits of a serial number')),
  /** `nvme`; `ssd` is any that does not rotate, NVMe too; `hdd` is any that does. */
  kind: nullable(oneOf('nvme', 'ssd', 'hdd')),
  /** In units of 10⁹ bytes, as printed on the disk. */
  atLeastGB: nullable(Type.Integer({ minimum: 1, maximum: 1_000_000, expected: 'a number of GB' })),
  size: { ...oneOf('largest', 'smallest'), default: 'largest' },
};

const storage = part({
  disk: part(diskRule),
  /** The second disk of raid1; by the same rule as the first one when it is left out. */
  otherDisk: Type.Optional(Type.Object(diskRule, { additionalProperties: false })),
  /** `direct`: partitions; `lvm`: logical volumes; `raid1`: two disks with the same content. */
  layout: { ...oneOf('direct', 'lvm', 'raid1'), default: 'direct' },
  /** Of the root; ext4 on Debian and Ubuntu, XFS on Fedora and its kin when it is left out. */
  filesystem: nullable(oneOf('ext4', 'xfs', 'btrfs')),
  /** Swap space in MiB, 0 for none; as the installer has it when it is left out. */
  swapMiB: nullable(Type.Integer({ minimum: 0, maximum: 1_048_576, expected: 'a number of MiB' })),
  /** Encrypts the disk. It stands in the answer file in clear text: change it after the installation. */
  passphrase: nullable(orSecret(passphrase())),
});

/** Where packages come from: host and directory by HTTP, as the distribution lays its mirrors out. */
const mirror = Type.Object(
  { host: host(), directory: absolutePath(), securityHost: nullable(host()) },
  { additionalProperties: false },
);

/**
 * How an installed system should be, in no distribution's own words (`{config}` in the URLs). Plugins make preseed,
 * autoinstall or kickstart of it; what a distribution cannot do is a finding where a BootProfile joins the two.
 * docs/configuration.md shows what becomes of each field.
 */
export const configurationSpec = Type.Object(
  {
    locale: { ...text('^[A-Za-z0-9_.@-]+$', 'a locale such as en_US.UTF-8'), default: 'en_US.UTF-8' },
    /** Layout and variant as XKB names them (/usr/share/X11/xkb/rules/base.lst). */
    keyboard: part({
      layout: { ...text('^[a-z]{2,}$', 'a keyboard layout such as us'), default: 'us' },
      variant: nullable(text('^[A-Za-z0-9_-]+$', 'a variant of a keyboard layout such as nodeadkeys')),
    }),
    timezone: { ...text('^[A-Za-z0-9_+/-]+$', 'a time zone such as Etc/UTC'), default: 'Etc/UTC' },
    /** `{mac}`, `{serial}` and `{uuid}` are filled in from what the machine says; what DHCP gives when left out. */
    hostname: nullable(hostPattern()),
    network,
    ntp: part({
      enabled: switchable(true),
      /** The distribution's own when it is empty. */
      servers: listOf(host()),
    }),
    /** The root account; without a hash no password opens it, without a key SSH does not. */
    root: part({ passwordHash: nullable(orSecret(passwordHash())), sshKeys: listOf(sshKey()) }),
    users: listOf(user),
    /** Whether SSH takes passwords, not keys alone. */
    sshPasswords: switchable(false),
    /** `server`: the distribution's usual set; `minimal`: its smallest one. SSH is in both. */
    environment: { ...oneOf('server', 'minimal'), default: 'server' },
    packages: listOf(packageName()),
    updates: part({
      /** What is updated at the end of the installation. */
      policy: { ...oneOf('security', 'all', 'none'), default: 'security' },
      /** Whether the system goes on so by itself; as the distribution has it when it is left out. */
      unattended: nullable(Type.Boolean({ expected: 'true or false' })),
    }),
    storage,
    /** Mirrors by distribution: `debian`, `ubuntu`, `fedora`, `rocky` …; each has a default of its own. */
    mirrors: Type.Record(Type.String(), mirror, { default: {} }),
    /** URL of the package proxy, or `none`; this server's own Squid when it is left out and runs. */
    proxy: nullable(text('^(none|http://[A-Za-z0-9.:-]+/?)$', '"none" or a URL such as http://proxy:3128')),
    /** Shell commands or scripts that run as root in the installed system, at the end of the installation. */
    afterInstall: listOf(lines(65_536)),
    /** Values of Secrets, by the names of the variables in which `afterInstall` finds them. */
    secrets: Type.Record(variableName(), secretReference(), {
      additionalProperties: false,
      default: {},
      expected: 'names in capitals, each with a secretRef',
    }),
    /** By distribution and answer file: what is added to it, raw; see docs/configuration.md. */
    additions: Type.Record(Type.String(), Type.Record(Type.String(), lines()), { default: {} }),
  },
  { additionalProperties: false },
);

export type ConfigurationSpec = Static<typeof configurationSpec>;
export type DiskRule = ConfigurationSpec['storage']['disk'];
