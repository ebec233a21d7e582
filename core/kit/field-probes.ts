/** A field of a Configuration, a value that is not its default, and what else must be said for it to make sense. */
export interface FieldProbe {
  readonly field: string;
  readonly change: object;
  readonly beside?: object;
}

const disk = (rule: object): object => ({ storage: { disk: rule } });
const user = { name: 'ada', passwordHash: '$6$salt$hash', sshKeys: ['ssh-ed25519 AAAA ada'] };
const users = (more: object): object => ({ users: [{ ...user, ...more }] });
const address = { network: { address: '192.0.2.10/24' } };

/**
 * One probe for each field, but `additions` and `mirrors`, which depend on the distribution. That all updates are wanted
 * and not those for security alone is no probe: some distributions know no difference.
 */
export const fieldProbes: readonly FieldProbe[] = [
  { field: 'locale', change: { locale: 'de_DE.UTF-8' } },
  { field: 'keyboard.layout', change: { keyboard: { layout: 'de' } } },
  {
    field: 'keyboard.variant',
    change: { keyboard: { layout: 'de', variant: 'nodeadkeys' } },
    beside: { keyboard: { layout: 'de' } },
  },
  { field: 'timezone', change: { timezone: 'Europe/Berlin' } },
  { field: 'hostname', change: { hostname: 'web1' } },
  { field: 'network.interface', change: { network: { interface: '52:54:00:99:99:99' } } },
  { field: 'network.address', change: address },
  { field: 'network.gateway', change: { network: { ...address.network, gateway: '192.0.2.1' } }, beside: address },
  {
    field: 'network.nameServers',
    change: { network: { ...address.network, nameServers: ['192.0.2.2'] } },
    beside: address,
  },
  { field: 'network.domain', change: { network: { ...address.network, domain: 'example.org' } }, beside: address },
  { field: 'ntp.enabled', change: { ntp: { enabled: false } } },
  { field: 'ntp.servers', change: { ntp: { servers: ['ntp.example.org'] } } },
  { field: 'root.passwordHash', change: { root: { passwordHash: '$6$salt$root' } } },
  { field: 'root.sshKeys', change: { root: { sshKeys: ['ssh-ed25519 RRRR root'] } } },
  { field: 'users[].name', change: users({ name: 'eve' }) },
  { field: 'users[].fullName', change: users({ fullName: 'Ada Lovelace' }) },
  { field: 'users[].passwordHash', change: users({ passwordHash: '$6$other$hash' }) },
  { field: 'users[].sshKeys', change: users({ sshKeys: ['ssh-ed25519 BBBB ada'] }) },
  { field: 'users[].groups', change: users({ groups: ['video'] }) },
  { field: 'users[].sudo', change: users({ sudo: false }) },
  { field: 'users[].shell', change: users({ shell: '/bin/sh' }) },
  { field: 'sshPasswords', change: { sshPasswords: true } },
  { field: 'environment', change: { environment: 'minimal' } },
  { field: 'packages', change: { packages: ['vim'] } },
  { field: 'updates.policy "none"', change: { updates: { policy: 'none' } } },
  { field: 'updates.unattended', change: { updates: { unattended: true } } },
  { field: 'storage.disk.path', change: disk({ path: '/dev/sdx' }) },
  { field: 'storage.disk.serial', change: disk({ serial: 'S4EV' }) },
  { field: 'storage.disk.kind', change: disk({ kind: 'nvme' }) },
  { field: 'storage.disk.atLeastGB', change: disk({ atLeastGB: 100 }) },
  { field: 'storage.disk.size', change: disk({ size: 'smallest' }) },
  { field: 'storage.layout "lvm"', change: { storage: { layout: 'lvm' } } },
  { field: 'storage.layout "raid1"', change: { storage: { layout: 'raid1' } } },
  {
    field: 'storage.otherDisk',
    change: { storage: { layout: 'raid1', otherDisk: { serial: 'S5XY' } } },
    beside: { storage: { layout: 'raid1' } },
  },
  {
    field: 'storage.filesystem',
    change: { storage: { filesystem: 'xfs' } },
    beside: { storage: { filesystem: 'ext4' } },
  },
  { field: 'storage.swapMiB', change: { storage: { swapMiB: 1024 } } },
  {
    field: 'storage.passphrase',
    change: { storage: { layout: 'lvm', passphrase: 'secret' } },
    beside: { storage: { layout: 'lvm' } },
  },
  { field: 'proxy', change: { proxy: 'http://192.0.2.3:3128' } },
  { field: 'afterInstall', change: { afterInstall: ['echo done'] } },
  {
    field: 'secrets',
    change: { secrets: { LICENSE: { secretRef: { name: 'vendor', key: 'license' } } } },
    beside: { afterInstall: ['echo "$LICENSE"'] },
  },
];
