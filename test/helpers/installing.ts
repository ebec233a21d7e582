import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type AppOptions, buildApp, resources, type TestApp } from './build-app.js';
import { miniIso } from './isos.js';

/** A known machine, as the network has it. */
export interface Player {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
}

export const web1: Player = { name: 'web-1', address: '192.168.88.10', mac: '52:54:00:00:00:0a' };
export const web2: Player = { name: 'web-2', address: '192.168.88.11', mac: '52:54:00:00:00:0b' };

/** What no one but a machine that is installed may see. */
export const secretValues = {
  'vault/root': '$6$root$only-for-root',
  'vault/ada': '$6$ada$only-for-ada',
  'vault/disk': 'only for the disk',
  'vault/license': "only for 'afterInstall'",
} as const;

const ref = (key: string) => ({ secretRef: { name: 'vault', key } });

export const vault = {
  hostname: 'node-{mac}',
  root: { passwordHash: ref('root') },
  users: [{ name: 'ada', passwordHash: ref('ada') }],
  storage: { layout: 'lvm', passphrase: ref('disk') },
  afterInstall: ['register "$LICENSE"'],
  secrets: { LICENSE: ref('license') },
};

const machine = ({ name, mac }: Player, more: object = {}) => ({
  kind: 'Machine',
  name,
  spec: { macs: [mac], bootProfile: 'vault', install: { generation: 1, attempts: 2 }, ...more },
});

/** Debian for two machines with everything secret that can be; `more` are further documents. */
export const vaultFiles = (more: Parameters<typeof resources> = []): Record<string, string | Buffer> => ({
  'isos/mini.iso': miniIso(),
  'resources/all.yaml': resources(
    { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
    { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'mini' } },
    { kind: 'Configuration', name: 'vault', spec: vault },
    { kind: 'BootProfile', name: 'vault', spec: { distro: 'debian-13', configuration: 'vault' } },
    machine(web1, { hostname: 'web-1' }),
    machine(web2),
    ...more,
  ),
  ...Object.fromEntries(Object.entries(secretValues).map(([path, value]) => [`secrets/${path}`, `${value}\n`])),
});

/** An application in which known machines are installed, seen from their side; its clients are told apart by addresses. */
export async function installing(t: Test, options: AppOptions = {}) {
  const log: string[] = [];
  const stream = { write: (line: string) => void log.push(line) };
  const known = new Map([web1, web2].map(({ address, mac }) => [address, mac]));
  const app = await buildApp(t, {
    files: vaultFiles(),
    neighbours: { find: async (address) => known.get(address) ?? null },
    logger: { level: 'debug', stream },
    ...options,
    settings: { url: 'http://10.0.0.2:8080', ...options.settings },
  });
  const tokens: string[] = [];
  const ask = (
    player: Pick<Player, 'address'>,
    url: string,
    method: 'GET' | 'HEAD' | 'POST' = 'GET',
    more: object = {},
  ) => app.server.inject({ method, url, remoteAddress: player.address, ...more });
  /** Lets a machine ask what to do; the token of its script, or the script that has none. */
  const boot = async (player: Player): Promise<string> => {
    const { body } = await ask(player, `/boot?mac=${player.mac}&uuid=&serial=&arch=x86_64&platform=efi&memory=65536`);
    const token = /\/installations\/([\w-]{43})\//.exec(body)?.[1];
    if (token !== undefined) tokens.push(token);
    return token ?? body;
  };
  return { app, ask, boot, log, tokens, known };
}

/** Every file of the server's own state, as one text. */
export function stateOf({ data }: TestApp): string {
  const files = readdirSync(join(data, 'state'), { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  return Buffer.concat(texts).toString();
}
