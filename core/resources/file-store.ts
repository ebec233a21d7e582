import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { parseAllDocuments } from 'yaml';
import { type Finding, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { checkResource, type Kind, type Resource } from './kinds.js';
import { Snapshot } from './snapshot.js';

const endings = /^[^.].*\.(yaml|yml|json)$/;

/** How much a resource file may hold, in bytes; a longer one is refused before it is parsed. */
const fileLimit = 4 * 1024 * 1024;

/** The resources of a directory of YAML files, read again whenever one changes. */
export class FileStore {
  readonly #directory: string;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #snapshot = new Snapshot([]);
  #watcher: FSWatcher | undefined;
  #reading: Promise<void> = Promise.resolve();

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
    this.#watcher.on('all', () => {
      this.#reading = this.#reading.then(() => this.#read());
    });
    await new Promise<void>((resolve) => this.#watcher?.once('ready', resolve));
  }

  async close(): Promise<void> {
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
  const texts = await Promise.all(names.map((name) => readBounded(join(directory, name))));
  const resources: Resource[] = [];
  const broken: Broken[] = [];
  for (const [index, text] of texts.entries()) {
    for (const checked of parseResources(text, basename(names[index] ?? ''))) {
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

/** A file that cannot be read counts as one broken document. */
async function readBounded(path: string): Promise<string | Error> {
  try {
    const bytes = await readFile(path);
    return bytes.length > fileLimit ? new Error(`it is longer than ${fileLimit} bytes`) : bytes.toString('utf8');
  } catch (error) {
    return error as Error;
  }
}

/** The documents of one file, each either a resource or an error that holds all its findings. */
function parseResources(text: string | Error, file: string): (Resource | Broken)[] {
  if (text instanceof Error) return [{ error: invalid(file, [text.message]) }];
  const documents = parseAllDocuments(text, { prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document, index): (Resource | Broken)[] => {
    const where = documents.length > 1 ? `${file}, document ${index + 1}` : file;
    if (document.errors.length > 0)
      return [
        {
          error: invalid(
            where,
            document.errors.map(({ message }) => message),
          ),
        },
      ];
    return parseResource(() => document.toJS({ maxAliasCount: 100 }), where);
  });
}

/** One document: nothing when it is empty. */
function parseResource(parse: () => unknown, where: string): (Resource | Broken)[] {
  try {
    const value = parse();
    if (value === null) return [];
    const checked = checkResource(value, where);
    if (!Array.isArray(checked)) return [checked];
    const error = invalid(where, checked);
    const { kind, metadata } = value as { kind?: Kind; metadata?: { name?: string } };
    return kind !== undefined && typeof metadata?.name === 'string'
      ? [{ error, kind, name: metadata.name }]
      : [{ error }];
  } catch (thrown) {
    return [{ error: invalid(where, [String(thrown)]) }];
  }
}

function invalid(where: string, problems: readonly (Finding | string)[]): SerabutError {
  return new SerabutError('SERABUT_ERR_RESOURCE_INVALID', `a resource has ${listFindings(problems)}`, { where });
}
