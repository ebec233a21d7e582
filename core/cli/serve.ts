import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { FastifyBaseLogger } from 'fastify';
import type { Application } from '../compose.js';
import type { ClientOptions } from '../kubernetes/client.js';
import { accountDirectory } from '../kubernetes/cluster-api.js';
import { PodEvents, type PodName } from '../kubernetes/pod-events.js';
import { DnsmasqLog } from '../lan/dnsmasq-log.js';
import { logPath } from '../lan/lan-files.js';
import { LanWatch } from '../lan/lan-watch.js';
import { LogFile } from '../lan/log-file.js';
import { withoutRepeats } from '../machines/sightings.js';
import type { ServerSettings } from '../routes/services.js';
import { absolute, addServingOptions, composeOptions, parsePort, parseUrl, type ServingOptions } from './options.js';
import { startServing } from './serving.js';
import { type Terminal, untilStopped } from './terminal.js';

interface ServeOptions extends ServingOptions {
  readonly host: string;
  readonly proxy?: string;
  readonly lanInterface?: string;
  readonly lanDir?: string;
  readonly events?: PodName;
  readonly kubernetes?: true;
  readonly namespace?: string;
  readonly account: string;
  readonly apiHost: string;
  readonly apiPort: number;
}

/** `serabut serve`: the HTTP server from a data directory. Needs no root. */
export function serveCommand(terminal: Terminal): Command {
  return addServingOptions(new Command('serve'))
    .description('serve boot scripts, files from inside ISOs and answer files by HTTP')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--proxy <url>', 'URL of a package proxy that installed machines shall use', parseUrl)
    .option('--lan-interface <name>', 'interface on the boot LAN: /readyz fails while it has no address')
    .option('--lan-dir <dir>', 'directory that serabut lan prepare filled: its files follow the address')
    .option('--events <namespace/pod>', 'tell the cluster of broken plugins, by Events about this pod', parsePod)
    .option('--kubernetes', 'keep resources and state as objects of the Kubernetes API, not in resources/ and state/')
    .option('--namespace <name>', 'namespace of the objects; by default that of the service account')
    .option('--account <dir>', 'directory with token and ca.crt of a service account', accountDirectory)
    .option('--api-host <host>', 'host of the API server', 'kubernetes.default.svc')
    .option('--api-port <n>', 'port of the API server', parsePort, 443)
    .addHelpText('after', '\nExample:\n  $ serabut serve --data ./data --port 8080')
    .action((options: ServeOptions) => serve(options, terminal));
}

async function serve(options: ServeOptions, terminal: Terminal): Promise<void> {
  const { lanInterface, lanDir, proxy = null } = options;
  const lan =
    lanInterface === undefined
      ? undefined
      : await LanWatch.start({ interface: lanInterface, directory: absolute(lanDir) });
  try {
    const composed = composeOptions(options, terminal, proxy);
    const settings = lan === undefined ? composed.settings : onLan(composed.settings, lan);
    const application = await startServing({ ...composed, settings, cluster: clusterOf(options) }, options, terminal);
    if (lan !== undefined) logAddresses(lan, application.server.log);
    if (options.events !== undefined) tellOfPlugins(application, options, options.events);
    const log = lanDir === undefined ? undefined : await followDnsmasq(application, lanDir);
    await untilStopped(terminal);
    await log?.close();
    await application.close();
  } finally {
    await lan?.close();
  }
}

function clusterOf({ kubernetes, namespace, account, apiHost, apiPort }: ServeOptions): ClientOptions | undefined {
  const host = apiHost.includes(':') ? `[${apiHost}]` : apiHost;
  return kubernetes && { server: `https://${host}:${apiPort}`, account, namespace };
}

/** The settings of a server whose boot LAN is watched: what depends on its address is asked for at each request. */
function onLan(settings: ServerSettings, lan: LanWatch): ServerSettings {
  return {
    ...settings,
    get proxy() {
      return settings.proxy ?? lan.proxy;
    },
    lanProblem: () => lan.problem,
  };
}

/** A plugin that is broken, at the start or after a change, is said where people look who have no log at hand. */
function tellOfPlugins(
  { plugins, server }: Application,
  { apiHost, apiPort, account }: ServeOptions,
  pod: PodName,
): void {
  const events = new PodEvents({ host: apiHost, port: apiPort, account }, pod);
  const tell = (): void => {
    const failed = (err: unknown) => server.log.warn({ err }, 'an Event could not be made');
    const notes = plugins.failed.map(({ origin, error }) => `${error.message} (${origin})`);
    events.keepOnly(notes);
    for (const note of notes) events.warn('PluginRefused', note).catch(failed);
  };
  tell();
  plugins.onChange(tell);
}

/** dnsmasq runs in another container of the pod: its log is a file that both have. */
function followDnsmasq({ saw }: Application, directory: string): Promise<LogFile> {
  const seen = new DnsmasqLog(withoutRepeats(saw, Date.now));
  return LogFile.follow({ path: logPath(resolve(directory)), onLine: (line) => seen.read(line) });
}

function parsePod(text: string): PodName {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (namespace !== '' && name !== '' && more.length === 0) return { namespace, name };
  throw new InvalidArgumentError('A pod is named as namespace/name.');
}

function logAddresses(lan: LanWatch, log: FastifyBaseLogger): void {
  lan.onAddress(({ address }, changed) => log.warn({ address, changed }, 'the boot LAN has another address'));
}
