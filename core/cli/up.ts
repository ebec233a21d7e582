import { chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { FastifyBaseLogger } from 'fastify';
import type { ComposeOptions } from '../compose.js';
import type { Program } from '../lan/child-failure.js';
import { DnsmasqLog } from '../lan/dnsmasq-log.js';
import { type LanAddress, lanAddress } from '../lan/lan-address.js';
import {
  confPath,
  type LanProgram,
  type LanSettings,
  lanConfs,
  type SquidSettings,
  writeConfs,
} from '../lan/lan-files.js';
import { LanWatch } from '../lan/lan-watch.js';
import { findLoaders } from '../lan/loaders.js';
import { runToEnd } from '../lan/run-to-end.js';
import { SupervisedChild } from '../lan/supervise.js';
import { withoutRepeats } from '../machines/sightings.js';
import {
  absolute,
  addServingOptions,
  composeOptions,
  parseMegabytes,
  type ServingOptions,
  squidPort,
} from './options.js';
import { startServing } from './serving.js';
import { type Terminal, untilStopped } from './terminal.js';

interface UpOptions extends ServingOptions {
  readonly interface: string;
  readonly dnsmasqExtra?: string;
  readonly squid?: true;
  readonly squidExtra?: string;
  readonly squidCache: number;
}

/** `serabut up`: everything that boots a machine on a LAN, from one command. Needs root for the ports 67, 69 and 4011. */
export function upCommand(terminal: Terminal): Command {
  return addServingOptions(new Command('up'))
    .description('make this machine a boot server: HTTP, proxyDHCP and TFTP by dnsmasq, and Squid if wanted')
    .requiredOption('--interface <name>', 'interface on the boot LAN')
    .option('--dnsmasq-extra <file>', 'further configuration of dnsmasq')
    .option('--squid', 'run Squid as a cache of packages, and have machines use it')
    .option('--squid-cache <mb>', 'size of the cache in MB', parseMegabytes, 10_000)
    .option('--squid-extra <file>', 'further configuration of Squid, read before the rules of access')
    .addHelpText('after', '\nExample:\n  # serabut up --interface eth0 --data ./data --squid')
    .action((options: UpOptions) => up(options, terminal));
}

async function up(options: UpOptions, terminal: Terminal): Promise<void> {
  const lan = lanAddress(options.interface);
  const state = resolve(options.data, 'state');
  const settings = lanSettings(options, state);
  const confs = await lanConfs(lan, settings);
  const watch = await LanWatch.start({ interface: options.interface });
  const listening = { host: '0.0.0.0', port: options.port };
  const composed = composedOnLan(options, terminal, { lan, watch, squid: settings.squid });
  const application = await startServing(composed, listening, terminal);
  const children = new Map<LanProgram, SupervisedChild>();
  try {
    const { log } = application.server;
    const seen = new DnsmasqLog(withoutRepeats(application.saw, Date.now));
    await writeConfs(state, confs);
    children.set('dnsmasq', await startChild(dnsmasq(confPath(state, 'dnsmasq')), log, (line) => seen.read(line)));
    if (settings.squid)
      children.set('squid', await startChild(await squid(confPath(state, 'squid'), settings.squid), log));
    follow(watch, children, { state, settings, log });
    terminal.out.write(`Machines on ${lan.interface} (${lan.address}/${lan.prefix}) can boot from the network now.\n`);
    for (const { file, firmware } of (await findLoaders(settings.ipxeDirectory)).absent)
      terminal.out.write(`Not those with ${firmware}: ${settings.ipxeDirectory} has no ${file}.\n`);
    await untilStopped(terminal);
  } finally {
    await watch.close();
    await Promise.all([...children.values()].map((child) => child.stop()));
    await application.close();
  }
}

interface OnLan {
  /** The address at the start. */
  readonly lan: LanAddress;
  readonly watch: LanWatch;
  readonly squid: SquidSettings | undefined;
}

/** What the options mean on a LAN whose address may change: what depends on it is asked for at each request. */
function composedOnLan(options: UpOptions, terminal: Terminal, { lan, watch, squid }: OnLan): ComposeOptions {
  const composed = composeOptions(options, terminal, null);
  let { address } = lan;
  watch.onAddress((now) => {
    address = now.address;
  });
  const settings = {
    ...composed.settings,
    get proxy() {
      return squid === undefined ? null : `http://${address}:${squid.port}`;
    },
    lanProblem: () => watch.problem,
  };
  return { ...composed, settings };
}

interface Followers {
  readonly state: string;
  readonly settings: LanSettings;
  readonly log: FastifyBaseLogger;
}

/** Gives dnsmasq and Squid another address, when the LAN has one. */
function follow(
  watch: LanWatch,
  children: ReadonlyMap<LanProgram, SupervisedChild>,
  { state, settings, log }: Followers,
): void {
  const restart = async (lan: LanAddress): Promise<void> => {
    const changed = await writeConfs(state, await lanConfs(lan, settings));
    log.warn({ address: lan.address, changed }, 'the boot LAN has another address');
    for (const program of changed) children.get(program)?.restart();
  };
  watch.onAddress((lan) => {
    restart(lan).catch((err) => log.error({ err }, 'dnsmasq and Squid could not be given another address'));
  });
}

async function startChild(
  program: Program,
  log: FastifyBaseLogger,
  read: (line: string) => void = () => {},
): Promise<SupervisedChild> {
  const onLine = (line: string): void => {
    log.info({ from: program.name }, line);
    read(line);
  };
  const child = new SupervisedChild({ ...program, onLine });
  await child.start();
  return child;
}

function dnsmasq(conf: string): Program {
  return {
    name: 'dnsmasq',
    command: 'dnsmasq',
    package: 'dnsmasq-base',
    args: ['--keep-in-foreground', `--conf-file=${conf}`],
  };
}

/** What the files of dnsmasq and Squid in the state directory shall say. */
function lanSettings(options: UpOptions, state: string): LanSettings {
  const logDirectory = join(state, 'squid');
  const squid: SquidSettings = {
    port: squidPort,
    cacheDirectory: join(logDirectory, 'cache'),
    cacheMegabytes: options.squidCache,
    logDirectory,
    extra: absolute(options.squidExtra),
  };
  return {
    httpPort: options.port,
    ipxeDirectory: resolve(options.ipxe),
    sharePorts: true,
    dnsmasqExtra: absolute(options.dnsmasqExtra),
    squid: options.squid ? squid : undefined,
  };
}

async function squid(conf: string, { cacheDirectory, logDirectory }: SquidSettings): Promise<Program> {
  await mkdir(cacheDirectory, { recursive: true });
  for (const directory of [logDirectory ?? cacheDirectory, cacheDirectory]) await giveToSquid(directory);
  await makeCacheDirectories(conf, cacheDirectory);
  return { name: 'squid', command: 'squid', package: 'squid', args: ['-N', '-f', conf] };
}

/** Started by root, Squid becomes a user of its own (cache_effective_user), which must own the cache. */
async function giveToSquid(directory: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const users = await readFile('/etc/passwd', 'utf8');
  const [, uid, gid] = /^(?:proxy|squid):[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
  if (uid !== undefined) await chown(directory, Number(uid), Number(gid));
}

/** Squid does not make the directories of its cache by itself. */
async function makeCacheDirectories(conf: string, directory: string): Promise<void> {
  if (await stat(join(directory, '00')).catch(() => undefined)) return;
  await runToEnd({ name: 'squid -z', command: 'squid', package: 'squid', args: ['-N', '-z', '-f', conf] });
}
