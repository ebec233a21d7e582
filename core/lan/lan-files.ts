import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findings, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import Type from '../typebox.js';
import { dnsmasqConf } from './dnsmasq-conf.js';
import type { LanAddress } from './lan-address.js';
import { findLoaders } from './loaders.js';
import { type SquidOptions, squidConf } from './squid-conf.js';

/** What the configurations of dnsmasq and Squid are made of, besides the address of the boot LAN. */
export interface LanSettings {
  readonly httpPort: number;
  /** Directory of the iPXE binaries that dnsmasq gives by TFTP. */
  readonly ipxeDirectory: string;
  readonly sharePorts: boolean;
  readonly dnsmasqExtra?: string | undefined;
  /** The file of dnsmasq's log; left out where its standard error is read. */
  readonly dnsmasqLog?: string | undefined;
  /** Left out where no Squid runs. */
  readonly squid?: SquidSettings | undefined;
}

export type SquidSettings = Omit<SquidOptions, 'lan'>;

const closed = { additionalProperties: false };
const text = Type.Optional(Type.String());
const denied = Type.Optional(Type.Array(Type.String()));
const squidSettings = { port: Type.Number(), cacheDirectory: Type.String(), cacheMegabytes: Type.Number(), denied };
const lanSettings = Type.Object(
  {
    httpPort: Type.Number(),
    ipxeDirectory: Type.String(),
    sharePorts: Type.Boolean(),
    dnsmasqExtra: text,
    dnsmasqLog: text,
    squid: Type.Optional(Type.Object({ ...squidSettings, logDirectory: text, extra: text }, closed)),
  },
  closed,
);

/** The programs beside the server; each has a file `NAME.conf`. */
export type LanProgram = 'dnsmasq' | 'squid';

/** The configuration of each program that is wanted. */
export async function lanConfs(lan: LanAddress, settings: LanSettings): Promise<Map<LanProgram, string>> {
  const { httpPort, ipxeDirectory, sharePorts, dnsmasqExtra: extra, dnsmasqLog: log, squid } = settings;
  const { found: loaders } = await findLoaders(ipxeDirectory);
  const dnsmasq = dnsmasqConf({ lan, httpPort, ipxeDirectory, loaders, sharePorts, extra, log });
  const confs = new Map<LanProgram, string>([['dnsmasq', dnsmasq]]);
  if (squid !== undefined) confs.set('squid', squidConf({ lan, ...squid }));
  return confs;
}

export function confPath(directory: string, program: LanProgram): string {
  return join(directory, `${program}.conf`);
}

/** The log of a dnsmasq in another container. */
export function logPath(directory: string): string {
  return join(directory, 'dnsmasq.log');
}

/** Makes the log: dnsmasq, which may run as another user, appends to it, and the server empties it. */
export async function makeLog(path: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW);
  await file.chmod(0o666);
  await file.close();
}

/**
 * Writes the configurations that differ from what is there, and says which those are. One that stays the same stays
 * untouched: its age says since when it holds.
 */
export async function writeConfs(directory: string, confs: Map<LanProgram, string>): Promise<LanProgram[]> {
  await mkdir(directory, { recursive: true });
  const changed: LanProgram[] = [];
  for (const [program, text] of confs) {
    const path = confPath(directory, program);
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue;
    await replaceFile(path, text);
    changed.push(program);
  }
  return changed;
}

/** Whoever reads the file meanwhile gets the old one or the new one, whole. */
async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`;
  await writeFile(unfinished, text, { mode: 0o644 });
  await rename(unfinished, path);
}

/** The name of the file that holds the settings, beside the configurations that were made of them. */
const settingsFile = 'settings.json';

export async function saveSettings(directory: string, settings: LanSettings): Promise<void> {
  await mkdir(directory, { recursive: true });
  await replaceFile(join(directory, settingsFile), `${JSON.stringify(settings, null, 2)}\n`);
}

/** The settings that {@link saveSettings} left in a directory. */
export async function readSettings(directory: string): Promise<LanSettings> {
  const where = join(directory, settingsFile);
  const text = await readFile(where, 'utf8').catch((cause: unknown) => {
    const message = `there is no ${settingsFile}: run serabut lan prepare --out ${directory} first`;
    throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message, { where, cause });
  });
  const value = parsed(text);
  const problems = findings(lanSettings, value);
  if (problems.length === 0) return value as LanSettings;
  throw new SerabutError('SERABUT_ERR_BAD_REQUEST', `the settings have ${listFindings(problems)}`, { where });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
