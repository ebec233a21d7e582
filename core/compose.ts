import 'reflect-metadata';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { container, type DependencyContainer, type InjectionToken, instanceCachingFactory } from 'tsyringe';
import { SerabutError } from './errors.js';
import { IsoLibrary } from './iso/library.js';
import type { ClientOptions } from './kubernetes/client.js';
import { connectCluster } from './kubernetes/cluster.js';
import { Neighbours } from './lan/neighbours.js';
import { InstallTexts } from './machines/install-texts.js';
import { InstallerLog } from './machines/installer-log.js';
import { Lifecycle } from './machines/lifecycle.js';
import { Roster } from './machines/roster.js';
import { type Saw, withNeighbours } from './machines/sightings.js';
import { newToken } from './machines/tokens.js';
import { entryNames } from './plugin/discover.js';
import { PluginRegistry, type PluginSource } from './plugin/registry.js';
import { createRenderer } from './render/liquid.js';
import { BootMenu } from './resources/boot-menu.js';
import { Catalogue } from './resources/catalogue.js';
import { DirectoryStore } from './resources/directory/directory-store.js';
import { SecretFiles } from './resources/secret-files.js';
import type { Store } from './resources/store.js';
import type { ServerSettings } from './routes/services.js';
import { buildServer } from './server.js';

/*
 * A regular expression of a plugin that backtracks for ever would stop the whole server. With this V8 goes over to its
 * engine of linear time when one has stepped back fifty thousand times; what that engine does not know (lookarounds,
 * backreferences, nested counts) goes on as before.
 */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** What an application is made of. */
export interface ComposeOptions {
  /** The data directory: `isos/`, `firmware/`, `resources/`, `plugins/`, `state/`; `cache/` may be removed. */
  readonly dataDirectory: string;
  readonly settings: ServerSettings;
  readonly plugins?: PluginChoice | undefined;
  /** Whether nothing is written to what is known of machines; another server may use the data directory then. */
  readonly readOnly?: boolean;
  /** The API server that keeps resources and state, in place of `resources/` and `state/` of the data directory. */
  readonly cluster?: ClientOptions | undefined;
  /** For how many milliseconds an ISO must not change before it is read; as the library has it when left out. */
  readonly isoSettleMs?: number;
  readonly logger: FastifyServerOptions['logger'];
  /** Milliseconds since 1970; the clock's when left out. */
  readonly now?: () => number;
  /** Who is who on the network; by the kernel's table when left out. */
  readonly neighbours?: Pick<Neighbours, 'find'>;
}

/** Which plugins there are. */
export interface PluginChoice {
  /** The ids of the built-in ones that are on; all by default. */
  readonly builtIn?: readonly string[] | undefined;
  /** Directories whose subdirectories are plugins, besides `plugins/` of the data directory. */
  readonly directories?: readonly string[] | undefined;
  /** Directories that are a plugin each. */
  readonly single?: readonly string[] | undefined;
}

/** Everything that lives as long as the process. */
export interface Application {
  readonly server: FastifyInstance;
  readonly library: IsoLibrary;
  readonly store: Store;
  readonly plugins: PluginRegistry;
  readonly catalogue: Catalogue;
  /** Takes what is seen of machines, by whoever watches what this server does not see itself. */
  readonly saw: Saw;
  /** What installers log. */
  readonly installerLog: InstallerLog;
  /** Reads what is there and goes on watching. The server may listen before. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The built-in plugins, which keep the same contract as any other; each is in a directory of its id. */
const builtInPlugins = fileURLToPath(new URL('../plugins', import.meta.url));

/** The ids of the built-in plugins. */
export function builtInIds(): string[] {
  return readdirSync(builtInPlugins);
}

/** What is a `Store`: an interface has no name of its own when the program runs. */
const storeToken: InjectionToken<Store> = Symbol('Store');

/** How often attempts are looked after, in milliseconds. */
const upkeepMs = 5_000;

/** How often the files of plugins are looked at for changes, in milliseconds. */
const pluginPollMs = 1_000;

/** Where plugins are looked for, in the order in which they count. Throws for a built-in one that does not exist. */
export function pluginSources(dataDirectory: string, choice: PluginChoice = {}): PluginSource[] {
  const { builtIn: only, directories = [], single = [] } = choice;
  const known = builtInIds();
  for (const name of only ?? []) {
    if (known.includes(name)) continue;
    const message = `there is no built-in plugin "${name}": choose of ${known.join(', ')}`;
    throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
  }
  for (const directory of directories) requireParent(directory);
  return [
    { directory: builtInPlugins, isBuiltIn: true, only },
    ...[join(dataDirectory, 'plugins'), ...directories].map((directory) => ({ directory })),
    ...single.map((directory) => ({ directory, isPlugin: true, isBuiltIn: dirname(directory) === builtInPlugins })),
  ];
}

/** Throws where somebody named the directory of a plugin, or none, in place of the one above it. */
function requireParent(directory: string): void {
  const isPlugin = entryNames.some((name) => existsSync(join(directory, name)));
  if (existsSync(directory) && !isPlugin) return;
  const message = `${directory} ${isPlugin ? 'is a plugin itself: name the directory above it' : 'is not there'}`;
  throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
}

/** Puts the parts together, in a container of their own: two applications in one process share nothing. */
export async function compose(options: ComposeOptions): Promise<Application> {
  const { dataDirectory, settings, logger } = options;
  const plugins = await PluginRegistry.load(pluginSources(dataDirectory, options.plugins), createRenderer());
  const di = container.createChildContainer();
  di.registerInstance(PluginRegistry, plugins);
  single(di, IsoLibrary, () => {
    const settle = options.isoSettleMs === undefined ? {} : { settleMs: options.isoSettleMs };
    return new IsoLibrary(join(dataDirectory, 'isos'), {
      cacheDirectory: join(dataDirectory, 'cache/isos'),
      ...settle,
    });
  });
  const log = (level: 'info' | 'warn', fields: object, message: string) => server.log[level](fields, message);
  const cluster = options.cluster && (await connectCluster(options.cluster, (message) => log('warn', {}, message)));
  single(di, storeToken, () => {
    return cluster?.store ?? new DirectoryStore(dataDirectory, { log, readOnly: options.readOnly });
  });
  single(di, Catalogue, (c) => {
    const firmware = join(dataDirectory, 'firmware');
    return new Catalogue(c.resolve(IsoLibrary), c.resolve(storeToken), c.resolve(PluginRegistry), firmware);
  });
  const [library, store, catalogue] = [di.resolve(IsoLibrary), di.resolve(storeToken), di.resolve(Catalogue)];
  const now = options.now ?? Date.now;
  const menu = new BootMenu({ catalogue, store, library, plugins });
  const roster = new Roster(store);
  const machines = new Lifecycle({
    store,
    roster,
    settings,
    now,
    newToken,
    menu: () => menu.options(),
    log: (message, fields) => server.log.warn(fields, message),
  });
  let upkeep: NodeJS.Timeout | undefined;
  let ready = false;
  const secrets = new SecretFiles(join(dataDirectory, 'secrets'));
  const neighbours = options.neighbours ?? new Neighbours();
  const told = withNeighbours(machines.saw.bind(machines), neighbours);
  const saw: Saw = (who, stage, message, bytes) => {
    server.log.debug({ ...who, stage, bytes }, message);
    told(who, stage, message, bytes);
  };
  const services = {
    library,
    store,
    plugins,
    catalogue,
    settings,
    machines,
    saw,
    installTexts: new InstallTexts({ catalogue, store, secrets }),
    neighbours,
    now,
    isReady: () => ready,
  };
  const server = await buildServer(services, logger);
  server.addHook('onClose', async () => {
    plugins.close();
    clearInterval(upkeep);
    await machines.close();
    await Promise.all([library.close(), store.close()]);
    await di.dispose();
  });
  const start = async (): Promise<void> => {
    await Promise.all([library.start(), store.start()]);
    plugins.watch(pluginPollMs);
    upkeep = setInterval(() => void machines.tick(), upkeepMs).unref();
    ready = true;
  };
  const isInstalled = (address: string): boolean => roster.runningAt(address) !== undefined;
  const installerLog = new InstallerLog(saw, { now, isInstalled });
  return { server, library, store, plugins, catalogue, saw, installerLog, start, close: () => server.close() };
}

/** One instance per container, made when it is first asked for. */
function single<T>(di: DependencyContainer, token: InjectionToken<T>, make: (c: DependencyContainer) => T): void {
  di.register(token, { useFactory: instanceCachingFactory(make) });
}
