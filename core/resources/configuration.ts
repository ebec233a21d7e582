import Type, { type Static } from 'typebox';
import { absolutePath, host, hostLabel, line, lines, nullable, packageName, passwordHash, userName } from './text.js';

const closed = { additionalProperties: false } as const;

/** One person who may log in. Without a hash or a key there is no way in for them. */
const user = Type.Object(
  {
    name: userName(),
    fullName: nullable(line()),
    passwordHash: nullable(passwordHash()),
    sshKeys: Type.Array(line(8192), { default: [] }),
    sudo: Type.Boolean({ default: true }),
  },
  closed,
);

/** Where packages come from: host and directory by HTTP, as the distribution lays its mirrors out. */
const mirror = Type.Object({ host: host(), directory: absolutePath(), securityHost: nullable(host()) }, closed);

const storage = Type.Object(
  {
    /** The disk to erase and install on. When it is left out: the first that the installer sees; for Ubuntu the largest. */
    disk: nullable(absolutePath()),
    layout: Type.Union([Type.Literal('direct'), Type.Literal('lvm')], {
      default: 'direct',
      expected: '"direct" or "lvm"',
    }),
  },
  { ...closed, default: {} },
);

/**
 * How an installed system should be, in no distribution's own words (`{config}` in the URLs). Plugins make preseed,
 * autoinstall or kickstart of it; `additions` holds what only one distribution has.
 */
export const configurationSpec = Type.Object(
  {
    locale: Type.String({
      default: 'en_US.UTF-8',
      pattern: '^[A-Za-z0-9_.@-]+$',
      expected: 'a locale such as en_US.UTF-8',
    }),
    keyboard: Type.String({ default: 'us', pattern: '^[a-z]{2,}$', expected: 'a keyboard layout such as us' }),
    timezone: Type.String({
      default: 'Etc/UTC',
      pattern: '^[A-Za-z0-9_+/-]+$',
      expected: 'a time zone such as Etc/UTC',
    }),
    /** The host name; what DHCP gives when it is left out. */
    hostname: nullable(hostLabel()),
    domain: nullable(host()),
    nameServers: Type.Array(host(), { default: [] }),
    ntp: Type.Boolean({ default: true }),
    /** The root account; locked unless it has a hash. */
    root: Type.Object({ passwordHash: nullable(passwordHash()) }, { ...closed, default: {} }),
    users: Type.Array(user, { default: [] }),
    packages: Type.Array(packageName(), { default: [] }),
    storage,
    /** Mirrors by plugin id; the plugin has a default of its own. */
    mirrors: Type.Record(Type.String(), mirror, { default: {} }),
    /** URL of the package proxy, or `none`; this server's own Squid when it is left out and runs. */
    proxy: nullable(
      Type.String({
        pattern: '^(none|http://[A-Za-z0-9.:-]+/?)$',
        expected: '"none" or a URL such as http://proxy:3128',
      }),
    ),
    /** Shell commands that run as root in the installed system, at the end of the installation. */
    afterInstall: Type.Array(line(8192), { default: [] }),
    /** Raw text by plugin id and answer file, added at its end. */
    additions: Type.Record(Type.String(), Type.Record(Type.String(), lines()), { default: {} }),
  },
  closed,
);

export type ConfigurationSpec = Static<typeof configurationSpec>;
