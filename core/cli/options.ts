import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ComposeOptions } from '../compose.js';
import type { Terminal } from './terminal.js';

/** The options that every serving command has. */
export interface ServingOptions {
  readonly data: string;
  readonly port: number;
  readonly url?: string;
  readonly bootDefault?: string;
  readonly identify: 'neighbour' | 'query';
  readonly unknown: 'menu' | 'disk';
  readonly ipxe: string;
  readonly syslogPort: number;
  readonly downloadProxy?: string;
  readonly withoutLock?: true;
  readonly plugins?: readonly string[];
  readonly pluginDir?: readonly string[];
  readonly operatorTokenFile?: string;
  readonly closed?: true;
  readonly logLevel: string;
}

/** Where Squid listens, as it does by itself. */
export const squidPort = 3128;

/** Directory of the iPXE binaries of Debian's package `ipxe`. */
export const ipxePackage = '/usr/lib/ipxe';

export function dataOption(): Option {
  return new Option('--data <dir>', 'directory with isos/, firmware/, resources/ and plugins/').default('./data');
}

export function addServingOptions(command: Command): Command {
  return command
    .addOption(dataOption())
    .option('--plugins <ids>', 'built-in plugins that are on, such as debian,fedora; by default all', parseList)
    .option('--plugin-dir <dir>', 'a further directory with plugins; may be given several times', collect)
    .option('--port <n>', 'TCP port of the HTTP server', parsePort, 8080)
    .option('--url <url>', 'URL under which clients reach the server; by default the address they reached', parseUrl)
    .option('--syslog-port <n>', 'UDP and TCP port for what installers log; 0 for none', parsePort, 0)
    .option('--download-proxy <url>', 'URL of a proxy by which the server fetches images', parseUrl)
    .option('--without-lock', 'install machines though the data directory cannot be locked; no other server may use it')
    .option('--boot-default <name>', 'BootProfile or distro that an unknown machine starts by itself; may ERASE DISKS')
    .addOption(
      new Option('--identify <how>', 'how a machine to be installed is known; query for machines behind a router')
        .choices(['neighbour', 'query'])
        .default('neighbour'),
    )
    .addOption(
      new Option('--unknown <what>', 'what a machine gets of which nothing is known')
        .choices(['menu', 'disk'])
        .default('menu'),
    )
    .option('--operator-token-file <file>', 'tokens of those who may act by the API, one a line as NAME:TOKEN')
    .option('--closed', 'want a token for reading the API and the dashboard, too')
    .option('--ipxe <dir>', 'directory with the iPXE binaries', ipxePackage)
    .addOption(
      new Option('--log-level <level>', 'least level of the log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    );
}

/** What the options mean for the application; `proxy` is the URL of a Squid that runs beside it. */
export function composeOptions(options: ServingOptions, terminal: Terminal, proxy: string | null): ComposeOptions {
  return {
    dataDirectory: resolve(options.data),
    settings: {
      url: options.url,
      proxy,
      defaultEntry: options.bootDefault,
      identify: options.identify,
      unknown: options.unknown,
      syslogPort: options.syslogPort === 0 ? undefined : options.syslogPort,
      ipxeDirectory: resolve(options.ipxe),
      operatorTokenFile: absolute(options.operatorTokenFile),
      closed: options.closed,
    },
    plugins: { builtIn: options.plugins, directories: options.pluginDir?.map((directory) => resolve(directory)) },
    downloadProxy: options.downloadProxy,
    withoutLock: options.withoutLock,
    logger: { level: options.logLevel, stream: terminal.err, base: null, timestamp: isoTime },
  };
}

function isoTime(): string {
  return `,"time":"${new Date().toISOString()}"`;
}

/** An empty list is one too: no built-in plugin. */
function parseList(text: string): string[] {
  return text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Networks of IPv4 and IPv6 as ADDRESS/PREFIX, separated by commas. */
export function parseNetworks(text: string): string[] {
  const networks = parseList(text);
  for (const network of networks) if (!isNetwork(network)) throw new InvalidArgumentError(`${network} is no network.`);
  return networks;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits && more.length === 0;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('A time is a number of seconds from 0 to 86400.');
}

export function parseMegabytes(text: string): number {
  const megabytes = Number(text);
  if (Number.isInteger(megabytes) && megabytes >= 100) return megabytes;
  throw new InvalidArgumentError('A cache has a whole number of megabytes, at least 100.');
}

export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && url.pathname === '/' && !url.search) return url.origin;
  throw new InvalidArgumentError('A URL here is like http://192.168.88.2:8080, without a path.');
}

export function parseMac(text: string): string {
  const mac = text.toLowerCase().replaceAll('-', ':');
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return mac;
  throw new InvalidArgumentError('A MAC address is like 52:54:00:12:34:56.');
}

export function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
