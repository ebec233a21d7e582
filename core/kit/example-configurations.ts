/** As little as somebody can say. The hash is of no password that anybody has. */
export const smallConfiguration = {
  users: [{ name: 'ada', passwordHash: '$6$salt$hash', sshKeys: ['ssh-ed25519 AAAA ada'] }],
};

/** Something in every field, and in a way that templates stumble over. */
export const fullConfiguration = {
  locale: 'de_DE.UTF-8',
  keyboard: { layout: 'de', variant: 'nodeadkeys' },
  timezone: 'Europe/Berlin',
  hostname: 'node-{mac}',
  network: {
    interface: '52:54:00:12:34:56',
    address: '192.0.2.10/24',
    gateway: '192.0.2.1',
    nameServers: ['192.0.2.2', '192.0.2.3'],
    domain: 'example.org',
  },
  ntp: { enabled: true, servers: ['ntp.example.org'] },
  root: { passwordHash: '$6$salt$root', sshKeys: ['ssh-ed25519 RRRR root'] },
  users: [
    {
      name: 'ada',
      fullName: "Ada O'Lovelace",
      passwordHash: '$6$salt$hash',
      sshKeys: ['from="10.0.0.0/8",command="echo \'hi\'" ssh-ed25519 AAAA ada'],
      groups: ['video'],
      sudo: true,
      shell: '/bin/sh',
    },
  ],
  sshPasswords: true,
  environment: 'minimal',
  packages: ['vim'],
  updates: { policy: 'all', unattended: true },
  storage: {
    disk: { path: '/dev/sda', serial: 'S4EV', kind: 'ssd', atLeastGB: 10, size: 'smallest' },
    layout: 'lvm',
    filesystem: 'ext4',
    swapMiB: 1024,
    passphrase: 'correct "horse" $HOME',
  },
  proxy: 'http://192.0.2.1:3128',
  afterInstall: ["echo 'it is {{ done }}' > /etc/motd"],
};
