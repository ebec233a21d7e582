import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Application, type ComposeOptions, compose } from '../compose.js';
import { SerabutError } from '../errors.js';
import type { IsoFacts } from '../plugin/contract.js';
import type { BootableDistro } from '../resources/catalogue.js';
import { readResources } from '../resources/directory/documents.js';
import { implicitName } from '../resources/iso-names.js';
import { type Kind, type Resource, resourceVersion } from '../resources/kinds.js';
import { smallConfiguration } from './example-configurations.js';
import { loadListing } from './listing.js';
import { writeListingIso } from './listing-iso.js';

/** The server that the kit plays, at addresses that no network has (RFC 5737 §3). */
export const kitUrls = {
  server: 'http://192.0.2.1:8080',
  report: 'http://192.0.2.1:8080/installations/kit',
  proxy: 'http://192.0.2.1:3128',
  syslogPort: 5514,
} as const;

/** An ISO to hold a plugin against; of a listing it is also known what the plugin should take it for. */
export interface Sample {
  /** Its name in `isos/`. */
  readonly iso: string;
  /** The name of its Distro. */
  readonly distro: string;
  /** Undefined of a real ISO, of which nothing is known; null when it is not to be recognised. */
  readonly expect: Partial<IsoFacts> | null | undefined;
}

/** A server with one plugin, sample ISOs, and a BootProfile for each Configuration and sample, in a directory of its own. */
export interface Workspace {
  readonly application: Application;
  readonly samples: readonly Sample[];
  /** The names of the Configurations. Those of the kit begin with `kit-`. */
  readonly configurations: readonly string[];
  /** The products whose fields were looked at already. */
  readonly examined: Set<string>;
  /** Adds a Configuration for one distro, with its BootProfile; returns its name. */
  add(distro: BootableDistro, spec: object): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Makes the server. Configurations are those of the kit and of the plugin's `configurations/`, whose BootProfiles say
 * which parameters go with which Configuration. Throws what is wrong with a listing or a resource.
 */
export async function makeWorkspace(
  directory: string,
  wanted: { readonly isos: readonly string[]; readonly listings: string | undefined },
): Promise<Workspace> {
  const data = await mkdtemp(join(tmpdir(), 'serabut-kit-'));
  const cleanup = new AsyncDisposableStack();
  // Whoever reads the output may end this process in the middle, as in `… | head`.
  const leave = () => rmSync(data, { recursive: true, force: true });
  process.once('exit', leave);
  cleanup.defer(() => void process.off('exit', leave));
  cleanup.defer(leave);
  try {
    for (const room of ['isos', 'resources']) await mkdir(join(data, room));
    const samples = [
      ...(await linkIsos(wanted.isos, join(data, 'isos'))),
      ...(wanted.listings === undefined ? [] : await makeIsos(wanted.listings, join(data, 'isos'))),
    ];
    const application = await compose(optionsFor(directory, data));
    cleanup.defer(() => application.close());
    const plugin = application.plugins.loaded[0]?.plugin.id;
    const { documents, configurations, profiles } = await resourcesFor(directory, plugin, samples);
    await writeDocuments(join(data, 'resources/kit.yaml'), documents);
    await application.start();
    const add = async ({ name: distro }: BootableDistro, spec: object) => {
      const name = `kit-full-${distro}`.slice(0, 60).replace(/[^a-z0-9]+$/, '');
      const path = join(data, `resources/${name}.yaml`);
      await writeDocuments(path, [resource('Configuration', name, spec), profile(distro, name, profiles)]);
      await untilKnown(application, profileName(distro, name));
      return name;
    };
    return { application, samples, configurations, examined: new Set(), add, remove: () => cleanup.disposeAsync() };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

function optionsFor(directory: string, dataDirectory: string): ComposeOptions {
  const { server: url, proxy, report, syslogPort } = kitUrls;
  return {
    dataDirectory,
    plugins: { builtIn: [], single: [directory] },
    isoSettleMs: 0, // They are whole.
    settings: { url, proxy, preview: { report }, syslogPort, defaultEntry: undefined, ipxeDirectory: '' },
    logger: false,
  };
}

async function linkIsos(files: readonly string[], isos: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const file of files) {
    if (!existsSync(file)) throw new SerabutError('SERABUT_ERR_ISO_NOT_FOUND', `there is no file ${file}`);
    const iso = basename(file).endsWith('.iso') ? basename(file) : `${basename(file)}.iso`;
    await symlink(resolve(file), join(isos, iso));
    samples.push({ iso, distro: implicitName(iso), expect: undefined });
  }
  return samples;
}

async function makeIsos(listings: string, isos: string): Promise<Sample[]> {
  const names = (await readdir(listings).catch(() => [])).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
  const samples: Sample[] = [];
  for (const name of names) {
    const listing = await loadListing(join(listings, name));
    // Some publish files of one name for all their releases, such as mini.iso.
    const isTaken = samples.some(({ iso }) => implicitName(iso) === implicitName(listing.iso));
    const iso = isTaken ? `${name.replace(/\.ya?ml$/, '')}.iso` : listing.iso;
    await writeListingIso(listing, join(isos, iso));
    samples.push({ iso, distro: implicitName(iso), expect: listing.expect });
  }
  return samples;
}

/** The resources of the server: what the samples are called, and each Configuration with the parameters that go with it. */
async function resourcesFor(directory: string, plugin: string | undefined, samples: readonly Sample[]) {
  const own = join(directory, 'configurations');
  const snapshot = existsSync(own) ? await readResources(own) : undefined;
  for (const error of snapshot?.errors ?? []) throw error;
  const profiles = snapshot?.list('BootProfile') ?? [];
  const configurations = new Map<string, object>([
    ['kit-small', smallConfiguration],
    ...(snapshot?.list('Configuration') ?? []).map(({ name, spec }) => [name, spec] as const),
  ]);
  const booted = samples.filter(({ expect }) => expect !== null);
  const documents = [
    ...booted.flatMap(({ iso, distro }) => [
      resource('Image', distro, { type: 'iso', path: iso }),
      resource('Distro', distro, { plugin: plugin ?? 'none', image: distro, kernelArgs: ['kit.argument=1'] }),
    ]),
    ...[...configurations].map(([name, spec]) => resource('Configuration', name, spec)),
    ...booted.flatMap(({ distro }) =>
      [...configurations.keys()].map((configuration) => profile(distro, configuration, profiles)),
    ),
  ];
  return { documents, profiles, configurations: [...configurations.keys()] };
}

function writeDocuments(path: string, documents: readonly object[]): Promise<void> {
  return writeFile(path, documents.map((document) => JSON.stringify(document)).join('\n---\n'));
}

/** The store reads what was written when it is told of it. */
async function untilKnown({ store }: Application, profile: string): Promise<void> {
  while (store.snapshot.get('BootProfile', profile) === undefined) {
    for (const error of store.snapshot.errors) throw error;
    await sleep(20);
  }
}

/** Of both names, which together may be longer than a name may be, a digest. */
export function profileName(distro: string, configuration: string): string {
  return `kit-${createHash('sha256').update(`${configuration} ${distro}`).digest('hex').slice(0, 16)}`;
}

/** Its parameters are those of the plugin's BootProfile for the Configuration; for one of the kit's, of the first one. */
function profile(distro: string, configuration: string, known: readonly Resource<'BootProfile'>[]): object {
  const like = known.find(({ spec }) => spec.configuration === configuration) ?? known[0];
  const { parameters = {}, kernelArgs = [] } = like?.spec ?? {};
  return resource('BootProfile', profileName(distro, configuration), { distro, configuration, parameters, kernelArgs });
}

function resource(kind: Kind, name: string, spec: object): object {
  return { apiVersion: resourceVersion, kind, metadata: { name }, spec };
}
