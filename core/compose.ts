import 'reflect-metadata';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { container, type DependencyContainer, type InjectionToken, instanceCachingFactory } from 'tsyringe';
import { OperatorAccess } from './http/operator-access.js';
import { ImageKeeper } from './images/keeper.js';
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
import { Actions } from './operator/actions.js';
import { ChangeFeed } from './operator/change-feed.js';
import { PluginRegistry } from './plugin/registry.js';
import { type PluginChoice, pluginSources } from './plugin/sources.js';
import { createRenderer } from './render/liquid.js';
import { BootMenu } from './resources/boot-menu.js';
import { Catalogue } from './resources/catalogue.js';
import { ResourceConditions } from './resources/conditions.js';
import { DirectoryStore } from './resources/directory/directory-store.js';
import { ImageFiles } from './resources/directory/image-files.js';
import type { NewImages } from './resources/new-images.js';
import { SecretFiles } from './resources/secret-files.js';
import type { Secrets } from './resources/secrets.js';
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
  /** Whether state is written also where the data directory cannot be locked. */
  readonly withoutLock?: boolean | undefined;
  /** The API server that keeps resources and state, in place of `resources/` and `state/` of the data directory. */
  readonly cluster?: ClientOptions | undefined;
  /** For how many milliseconds an ISO must not change before it is read; as the library has it when left out. */
  readonly isoSettleMs?: number;
  /** URL of a proxy by which images are downloaded. */
  readonly downloadProxy?: string | undefined;
  readonly logger: FastifyServerOptions['logger'];
  /** Milliseconds since 1970; the clock's when left out. */
  readonly now?: () => number;
  /** Who is who on the network; by the kernel's table when left out. */
  readonly neighbours?: Pick<Neighbours, 'find'>;
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

const storeToken: InjectionToken<Store> = Symbol('Store');
const secretsToken: InjectionToken<Secrets> = Symbol('Secrets');
const newImagesToken: InjectionToken<NewImages> = Symbol('NewImages');

/** How often attempts are looked after, in milliseconds. */
const upkeepMs = 5_000;

/** How often the files of plugins are looked at for changes, in milliseconds. */
const pluginPollMs = 1_000;

type Log = (level: 'info' | 'warn' | 'debug', details: object, message: string) => void;

/** Puts the parts together, in a container of their own: two applications in one process share nothing. */
export async function compose(options: ComposeOptions): Promise<Application> {
  const { settings, logger, now = Date.now, neighbours = new Neighbours() } = options;
  const log: Log = (level, details, message) => server.log[level](details, message);
  const di = container.createChildContainer();
  const { operatorTokenFile: tokenFile, closed: isClosed = false } = settings;
  single(di, OperatorAccess, () => new OperatorAccess({ tokenFile, isClosed }, now));
  // Before anything is begun that would have to be ended.
  await di.resolve(OperatorAccess).check();
  await registerSources(di, options, log);
  registerMachines(di, options, log);
  const [library, store, plugins] = [di.resolve(IsoLibrary), di.resolve(storeToken), di.resolve(PluginRegistry)];
  const [catalogue, machines] = [di.resolve(Catalogue), di.resolve(Lifecycle)];
  const [conditions, images] = [di.resolve(ResourceConditions), di.resolve(ImageKeeper)];
  const told = withNeighbours(machines.saw.bind(machines), neighbours);
  const saw: Saw = (who, stage, message, bytes) => {
    log('debug', { ...who, stage, bytes }, message);
    told(who, stage, message, bytes);
  };
  let upkeep: NodeJS.Timeout | undefined;
  let ready = false;
  const installTexts = new InstallTexts({ catalogue, store, secrets: di.resolve(secretsToken) });
  const shared = { library, store, plugins, catalogue };
  const installerLog = new InstallerLog(saw, { now, isInstalled: (address) => machines.isInstalling(address) });
  const feed = new ChangeFeed({ ...shared, machines });
  const newImages = di.resolve(newImagesToken);
  const operators = { access: di.resolve(OperatorAccess), actions: di.resolve(Actions), newImages, feed, installerLog };
  const found = { ...shared, ...operators, settings, machines, saw };
  const services = { ...found, installTexts, neighbours, now, isReady: () => ready };
  const server = await buildServer(services, logger);
  server.addHook('onClose', async () => {
    plugins.close();
    feed.close();
    clearInterval(upkeep);
    await Promise.all([machines.close(), images.close(), conditions.close()]);
    await Promise.all([library.close(), store.close()]);
    await di.dispose();
  });
  const start = async (): Promise<void> => {
    await Promise.all([library.start(), store.start()]);
    plugins.watch(pluginPollMs);
    conditions.start();
    images.start();
    upkeep = setInterval(() => void machines.tick(), upkeepMs).unref();
    ready = true;
  };
  return { server, ...shared, saw, installerLog, start, close: () => server.close() };
}

/** Where everything comes from: plugins, ISOs, resources and what is kept of them, secrets. */
async function registerSources(di: DependencyContainer, options: ComposeOptions, log: Log): Promise<void> {
  const { dataDirectory, readOnly, withoutLock, isoSettleMs } = options;
  const plugins = await PluginRegistry.load(pluginSources(dataDirectory, options.plugins), createRenderer());
  const cluster = options.cluster && (await connectCluster(options.cluster, (message) => log('warn', {}, message)));
  di.registerInstance(PluginRegistry, plugins);
  single(di, IsoLibrary, () => {
    const settle = isoSettleMs === undefined ? {} : { settleMs: isoSettleMs };
    return new IsoLibrary(join(dataDirectory, 'isos'), {
      cacheDirectory: join(dataDirectory, 'cache/isos'),
      ...settle,
    });
  });
  single(di, storeToken, () => cluster?.store ?? new DirectoryStore(dataDirectory, { log, readOnly, withoutLock }));
  single(di, secretsToken, () => cluster?.secrets ?? new SecretFiles(join(dataDirectory, 'secrets')));
  single(di, newImagesToken, () => cluster?.newImages ?? new ImageFiles(join(dataDirectory, 'resources')));
  single(di, Catalogue, (c) => {
    const firmware = join(dataDirectory, 'firmware');
    return new Catalogue(c.resolve(IsoLibrary), c.resolve(storeToken), c.resolve(PluginRegistry), firmware);
  });
}

/** What acts: on machines, on the files of images, on the statuses of resources. */
function registerMachines(di: DependencyContainer, options: ComposeOptions, log: Log): void {
  const { dataDirectory, settings, now = Date.now, now: steady, downloadProxy: proxy } = options;
  const parts = (c: DependencyContainer) => ({
    store: c.resolve(storeToken),
    library: c.resolve(IsoLibrary),
    catalogue: c.resolve(Catalogue),
    plugins: c.resolve(PluginRegistry),
    log,
  });
  single(di, Roster, (c) => new Roster(c.resolve(storeToken)));
  single(di, Actions, (c) => new Actions(parts(c)));
  single(di, BootMenu, (c) => new BootMenu(parts(c)));
  single(di, Lifecycle, (c) => {
    const menu = c.resolve(BootMenu);
    return new Lifecycle({
      ...{ store: c.resolve(storeToken), roster: c.resolve(Roster), settings, now, steady, newToken },
      menu: () => menu.options(),
      log: (message, details) => log('warn', details, message),
    });
  });
  single(di, ResourceConditions, (c) => new ResourceConditions({ ...parts(c), secrets: c.resolve(secretsToken), now }));
  single(di, ImageKeeper, (c) => {
    const conditions = c.resolve(ResourceConditions);
    return new ImageKeeper({ ...parts(c), dataDirectory, recognised: (iso) => conditions.recognised(iso), proxy });
  });
}

/** One instance per container, made when it is first asked for. */
function single<T>(di: DependencyContainer, token: InjectionToken<T>, make: (c: DependencyContainer) => T): void {
  di.register(token, { useFactory: instanceCachingFactory(make) });
}
