import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Application, type ComposeOptions, compose } from '../compose.js';
import { SerabutError } from '../errors.js';
import { bundleOrigin, bundlePath, bundlesFor } from '../firmware/bundles.js';
import { SyslogReceiver } from '../lan/syslog.js';
import type { FailedPlugin } from '../plugin/registry.js';
import type { BootableDistro } from '../resources/catalogue.js';
import type { Store } from '../resources/store.js';
import { type Terminal, untilStopped } from './terminal.js';

/** Where to listen. */
export interface Listening {
  readonly host: string;
  readonly port: number;
}

/**
 * Connections that wait to be taken while something else is done. Node's 511 are fewer than the machines of a site that
 * switch on at once, and whose connection finds no place tries again only after a second (RFC 6298 §2.1). Linux keeps to
 * its net.core.somaxconn where that is less.
 */
const backlog = 4096;

/** Starts the application, listens, and says what there is to boot. The caller closes it. */
export async function startServing(
  options: ComposeOptions,
  listening: Listening,
  terminal: Terminal,
): Promise<Application> {
  const application = await compose(options);
  try {
    await receiveSyslog(application, listening.host, options.settings.syslogPort);
    await application.server.listen({ ...listening, backlog }).catch((cause: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${listening.host} port ${listening.port}: ${cause.message}`;
      const code = cause.code === 'EADDRINUSE' ? 'SERABUT_ERR_PORT_TAKEN' : 'SERABUT_ERR_BAD_REQUEST';
      throw new SerabutError(code, message, { cause });
    });
    for (const address of addresses(application)) terminal.out.write(`Serabut listens on ${address}\n`);
    // What there is may not be to be had, as while an API server is away: that is no reason to stay when asked to go.
    await Promise.race([application.start(), untilStopped(terminal)]);
    await announce(application, options.dataDirectory, terminal);
    followChanges(application);
    return application;
  } catch (error) {
    await application.close();
    throw error;
  }
}

/** Takes what installers log, until the application ends. */
async function receiveSyslog(
  { server, installerLog }: Application,
  host: string,
  port: number | undefined,
): Promise<void> {
  if (port === undefined) return;
  const onMessage = (address: string, message: string): void => installerLog.take(address, message);
  const syslog = await SyslogReceiver.listen({ host, port, onMessage, now: () => performance.now() });
  server.addHook('onClose', () => syslog.close());
}

/** Every URL under which the server can be reached; a wildcard address stands for all IPv4 addresses of the machine. */
function addresses({ server }: Application): string[] {
  return (server.addresses() as AddressInfo[]).flatMap(({ address, port, family }) => {
    if (address !== '0.0.0.0' && address !== '::')
      return [`http://${family === 'IPv6' ? `[${address}]` : address}:${port}`];
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    return all.filter((info) => info.family === 'IPv4').map((info) => `http://${info.address}:${port}`);
  });
}

async function announce(application: Application, dataDirectory: string, { out }: Terminal): Promise<void> {
  const { plugins, library, store, catalogue } = application;
  out.write(`Plugins: ${plugins.loaded.map(({ plugin }) => plugin.id).join(', ') || 'none'}\n`);
  for (const { error, origin } of plugins.failed) out.write(`Plugin not loaded: ${origin}\n  ${error.message}\n`);
  for (const error of problemsOf(store)) out.write(`Resource not used: ${error.where}\n  ${error.message}\n`);
  for (const entry of await catalogue.entries()) {
    if ('distro' in entry) out.write(describe(entry.distro));
    else out.write(`Cannot be booted: ${entry.name}: ${entry.error.message}\n`);
  }
  if (library.entries().length === 0) {
    out.write(
      `There is no ISO yet. Put a distribution's ISO file into ${dataDirectory}/isos/ and it will be offered.\n`,
    );
  }
}

/** Why resources cannot be used, Machines and Installations among them. */
function problemsOf({ snapshot, errors }: Store): SerabutError[] {
  return [...snapshot.errors, ...errors];
}

/** A distro in one line, and in more lines which firmware could be joined to its initrd. */
function describe({ name, title, iso, overlay, firmware, plugin, facts }: BootableDistro): string {
  const { id } = plugin.plugin;
  // With an overlay the initrd has the firmware that the ISO itself holds.
  const wanted = firmware.length > 0 || overlay !== undefined ? [] : bundlesFor(plugin.plugin, facts);
  const hints = wanted.map(
    (bundle) =>
      `  No firmware is joined. To join it: ${bundleOrigin(bundle, facts)} as firmware/${bundlePath(id, bundle, facts)}\n`,
  );
  return [`Can be booted: /boot/${name} (${title}, from ${iso})\n`, ...hints].join('');
}

/** Logs what becomes bootable, or ceases to be, while the server runs. */
function followChanges({ catalogue, library, plugins, store, server }: Application): void {
  const shown = new Map<string, string>();
  const show = async (): Promise<void> => {
    const entries = await catalogue.entries();
    const now = new Map(entries.map((entry) => [entry.name, 'distro' in entry ? 'ready' : entry.error.message]));
    for (const [name, state] of now) if (shown.get(name) !== state) server.log.info({ distro: name, state }, 'distro');
    for (const name of shown.keys()) if (!now.has(name)) server.log.info({ distro: name, state: 'gone' }, 'distro');
    shown.clear();
    for (const [name, state] of now) shown.set(name, state);
  };
  const failed = (err: unknown) => server.log.error({ err }, 'the list of distros could not be made');
  let last = show().catch(failed);
  const next = (): void => {
    last = last.then(show).catch(failed);
  };
  library.onChange(next);
  let failures: readonly FailedPlugin[] = plugins.failed;
  plugins.onChange(() => {
    server.log.info({ plugins: plugins.loaded.map(({ plugin }) => plugin.id) }, 'plugins were read again');
    for (const failure of plugins.failed) {
      if (failures.some(({ error }) => error.message === failure.error.message)) continue;
      server.log.warn({ where: failure.origin, problem: failure.error.message }, failure.error.code);
    }
    failures = plugins.failed;
    next();
  });
  store.onSnapshot(() => {
    for (const error of problemsOf(store)) server.log.warn({ where: error.where, problem: error.message }, error.code);
    next();
  });
}
