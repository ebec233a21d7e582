import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type Finding, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { checkResource, type Kind, type Resource } from './kinds.js';
import { Snapshot } from './snapshot.js';
import { readYaml, type YamlDocument } from './yaml-file.js';

const endings = /^[^.].*\.(yaml|yml|json)$/;

/** The resources of a directory of YAML files, read again whenever one changes. */
export class FileStore {
  readonly #directory: string;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #snapshot = new Snapshot([]);
  #watcher: FSWatcher | undefined;
  #reading: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #closed = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  onChange(listener: (snapshot: Snapshot) => void): void {
    this.#listeners.add(listener);
  }

  /** Reads everything once, then goes on watching. */
  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await this.#read();
    const settled = { stabilityThreshold: 200, pollInterval: 50 };
    this.#watcher = watch(this.#directory, { ignoreInitial: true, depth: 0, awaitWriteFinish: settled });
    this.#watcher.on('all', () => this.#readAgain());
    // Without inotify's watches (a limit of the kernel) changes are seen at the next start; what was read stays.
    this.#watcher.on('error', () => {});
    await new Promise<void>((resolve) => this.#watcher?.once('ready', resolve));
    this.#readAgain(); // What came between the reading and the watching.
    await this.#reading;
    if (this.#closed) await this.#watcher.close();
  }

  /** At most one reading waits while another goes on: it will see all that has changed until it begins. */
  #readAgain(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#reading = this.#reading.then(() => {
      this.#isWaiting = false;
      return this.#read();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watcher?.close();
    await this.#reading;
  }

  /** A directory that cannot be read at the moment, as when a volume is gone, changes nothing. */
  async #read(): Promise<void> {
    const snapshot = await readResources(this.#directory).catch(() => undefined);
    if (snapshot === undefined) return;
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener(snapshot);
  }
}

/** Reads every YAML file directly in a directory. What is wrong with one is in the snapshot, not thrown. */
export async function readResources(directory: string): Promise<Snapshot> {
  const names = (await readdir(directory)).filter((name) => endings.test(name)).sort();
  const files = await Promise.all(names.map((name) => readYaml(join(directory, name))));
  const resources: Resource[] = [];
  const broken: Broken[] = [];
  for (const [index, documents] of files.entries()) {
    for (const checked of toResources(documents, names[index] ?? '')) {
      if ('error' in checked) broken.push(checked);
      else resources.push(checked);
    }
  }
  const snapshot = new Snapshot(
    resources,
    broken.map(({ error }) => error),
  );
  for (const { kind, name, error } of broken) if (kind && name) snapshot.withBroken(kind, name, error);
  return snapshot;
}

interface Broken {
  readonly error: SerabutError;
  readonly kind?: Kind;
  readonly name?: string;
}

/** The documents of one file, each either a resource or an error that holds all its findings. Empty ones are none. */
function toResources(documents: readonly YamlDocument[], file: string): (Resource | Broken)[] {
  return documents.flatMap((document, index): (Resource | Broken)[] => {
    const where = documents.length > 1 ? `${file}, document ${index + 1}` : file;
    if ('problems' in document) return [{ error: invalid(where, document.problems) }];
    return document.value === null ? [] : [toResource(document.value, where)];
  });
}

function toResource(value: unknown, where: string): Resource | Broken {
  const checked = checkResource(value, where);
  if (!Array.isArray(checked)) return checked;
  const error = invalid(where, checked);
  const { kind, metadata } = value as { kind?: Kind; metadata?: { name?: string } };
  return typeof kind === 'string' && typeof metadata?.name === 'string'
    ? { error, kind, name: metadata.name }
    : { error };
}

function invalid(where: string, problems: readonly (Finding | string)[]): SerabutError {
  return new SerabutError('SERABUT_ERR_RESOURCE_INVALID', `a resource has ${listFindings(problems)}`, { where });
}
