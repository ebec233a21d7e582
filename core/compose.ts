import 'reflect-metadata';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { container, type DependencyContainer, type InjectionToken, instanceCachingFactory } from 'tsyringe';
import { IsoLibrary } from './iso/library.js';
import { PluginRegistry } from './plugin/registry.js';
import { createRenderer } from './render/liquid.js';
import { Catalogue } from './resources/catalogue.js';
import { FileStore } from './resources/file-store.js';
import type { ServerSettings } from './routes/services.js';
import { buildServer } from './server.js';

/** What an application is made of. */
export interface ComposeOptions {
  /** The data directory: `isos/`, `firmware/`, `resources/`, `plugins/`; `cache/` may be removed. */
  readonly dataDirectory: string;
  readonly settings: ServerSettings;
  readonly logger: FastifyServerOptions['logger'];
}

/** Everything that lives as long as the process. */
export interface Application {
  readonly server: FastifyInstance;
  readonly library: IsoLibrary;
  readonly store: FileStore;
  readonly plugins: PluginRegistry;
  readonly catalogue: Catalogue;
  /** Reads what is there and goes on watching. The server may listen before. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The built-in plugins, which come by the same door as any other. */
export const builtInPlugins = fileURLToPath(new URL('../plugins', import.meta.url));

/** Puts the parts together, in a container of their own: two applications in one process share nothing. */
export async function compose(options: ComposeOptions): Promise<Application> {
  const { dataDirectory, settings, logger } = options;
  const directories = [builtInPlugins, join(dataDirectory, 'plugins')];
  const plugins = await PluginRegistry.load(directories, createRenderer());
  const di = container.createChildContainer();
  di.registerInstance(PluginRegistry, plugins);
  single(di, IsoLibrary, () => {
    return new IsoLibrary(join(dataDirectory, 'isos'), { cacheDirectory: join(dataDirectory, 'cache/isos') });
  });
  single(di, FileStore, () => new FileStore(join(dataDirectory, 'resources')));
  single(di, Catalogue, (c) => {
    const firmware = join(dataDirectory, 'firmware');
    return new Catalogue(c.resolve(IsoLibrary), c.resolve(FileStore), c.resolve(PluginRegistry), firmware);
  });
  const [library, store, catalogue] = [di.resolve(IsoLibrary), di.resolve(FileStore), di.resolve(Catalogue)];
  let ready = false;
  const services = { library, store, plugins, catalogue, settings, isReady: () => ready };
  const server = await buildServer(services, logger);
  server.addHook('onClose', async () => {
    await Promise.all([library.close(), store.close()]);
    await di.dispose();
  });
  const start = async (): Promise<void> => {
    await Promise.all([library.start(), store.start()]);
    ready = true;
  };
  return { server, library, store, plugins, catalogue, start, close: () => server.close() };
}

/** One instance per container, made when it is first asked for. */
function single<T>(di: DependencyContainer, token: InjectionToken<T>, make: (c: DependencyContainer) => T): void {
  di.register(token, { useFactory: instanceCachingFactory(make) });
}
