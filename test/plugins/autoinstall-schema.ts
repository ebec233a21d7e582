/**
 * The keys of autoinstall and their forms, after subiquity's reference manual (documentation.ubuntu.com, "Autoinstall
 * configuration reference manual"). Written for this project and stricter than the installer's own, which lets unknown
 * keys through: what is not here is a mistake in a template.
 */
const closed = { type: 'object', additionalProperties: false } as const;
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const strings = { type: 'array', items: text } as const;
/** A command is a line for the shell, or a list that is run as it is. */
const commands = { type: 'array', items: { anyOf: [text, { ...strings, minItems: 1 }] } } as const;
const crypted = { type: 'string', pattern: '^\\$' } as const;

const match = {
  ...closed,
  minProperties: 1,
  properties: { path: text, serial: text, ssd: flag, size: { enum: ['largest', 'smallest'] } },
} as const;

/** One action of curtin's storage; `type` says which other keys it has. */
const action = (type: string, required: object, optional: object = {}) => ({
  ...closed,
  required: ['type', 'id', ...Object.keys(required)],
  properties: { type: { const: type }, id: text, preserve: flag, ...required, ...optional },
});
const size = { anyOf: [{ const: -1 }, { type: 'string', pattern: '^\\d+[MG]$' }] } as const;
const device = { device: text } as const;
const volume = { volume: text } as const;
const storageAction = {
  anyOf: [
    action('disk', { match }, { ptable: { const: 'gpt' }, wipe: text, grub_device: flag }),
    action('partition', { ...device, size }, { flag: { enum: ['boot', 'bios_grub'] }, grub_device: flag }),
    action('raid', { name: text, raidlevel: { const: 'raid1' }, devices: { ...strings, minItems: 2 } }),
    action('dm_crypt', { ...volume, key: text }),
    action('lvm_volgroup', { name: text, devices: strings }),
    action('lvm_partition', { name: text, volgroup: text, size }),
    action('format', { ...volume, fstype: { enum: ['ext4', 'xfs', 'btrfs', 'fat32'] } }),
    action('mount', { ...device, path: text }),
  ],
} as const;

const user = {
  ...closed,
  required: ['name'],
  properties: {
    name: text,
    gecos: text,
    shell: text,
    groups: { ...strings, minItems: 1 },
    sudo: text,
    lock_passwd: flag,
    hashed_passwd: crypted,
    ssh_authorized_keys: { ...strings, minItems: 1 },
  },
} as const;

const ethernet = {
  ...closed,
  required: ['match'],
  properties: {
    match: { ...closed, minProperties: 1, properties: { macaddress: text, name: text } },
    addresses: strings,
    routes: { type: 'array', items: { ...closed, required: ['to', 'via'], properties: { to: text, via: text } } },
    dhcp4: flag,
    'dhcp4-overrides': { ...closed, properties: { 'use-dns': flag } },
    nameservers: { ...closed, properties: { addresses: strings, search: strings } },
  },
} as const;

const uri = { type: 'string', pattern: '^http://' } as const;
const mirrorUris = { type: 'array', items: { ...closed, required: ['uri'], properties: { uri } } } as const;

const autoinstall = {
  ...closed,
  required: ['version', 'storage', 'user-data'],
  properties: {
    version: { const: 1 },
    locale: text,
    keyboard: { ...closed, required: ['layout'], properties: { layout: text, variant: text } },
    timezone: text,
    'refresh-installer': { ...closed, properties: { update: flag } },
    source: { ...closed, properties: { id: { enum: ['ubuntu-server', 'ubuntu-server-minimal'] } } },
    network: {
      ...closed,
      required: ['version'],
      properties: { version: { const: 2 }, ethernets: { type: 'object', additionalProperties: ethernet } },
    },
    proxy: uri,
    apt: {
      ...closed,
      properties: {
        geoip: flag,
        fallback: { enum: ['abort', 'offline-install', 'continue-anyway'] },
        'mirror-selection': { ...closed, properties: { primary: mirrorUris } },
        security: { type: 'array', items: { ...closed, properties: { arches: strings, uri } } },
      },
    },
    storage: {
      ...closed,
      properties: {
        swap: { ...closed, properties: { size: { anyOf: [{ const: 0 }, { type: 'string', pattern: '^\\d+M$' }] } } },
        layout: {
          ...closed,
          required: ['name', 'match'],
          properties: { name: { enum: ['direct', 'lvm'] }, match, 'sizing-policy': { const: 'all' }, password: text },
        },
        config: { type: 'array', items: storageAction },
      },
      oneOf: [{ required: ['layout'] }, { required: ['config'] }],
    },
    ssh: { ...closed, properties: { 'install-server': flag, 'allow-pw': flag } },
    kernel: { ...closed, properties: { flavor: text, package: text } },
    updates: { enum: ['security', 'all'] },
    packages: strings,
    reporting: { type: 'object' },
    'user-data': {
      ...closed,
      properties: {
        hostname: text,
        fqdn: text,
        ssh_pwauth: flag,
        disable_root: flag,
        ntp: { ...closed, properties: { enabled: flag, servers: strings } },
        users: { type: 'array', items: user },
      },
    },
    'late-commands': commands,
    'error-commands': commands,
    shutdown: { const: 'reboot' },
  },
} as const;

/** A whole user-data file of ours: nothing may stand beside `autoinstall`. */
export const userDataSchema = { ...closed, required: ['autoinstall'], properties: { autoinstall } } as const;
