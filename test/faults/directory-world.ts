import { globSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { miniIso, smallConfiguration } from '../helpers/isos.js';
import type { Kept } from './kept.js';
import { budget, type Plan } from './plan.js';
import { Finding } from './script.js';
import { Serving } from './serving.js';
import type { World } from './world.js';

/** A data directory with a server on it that is killed and started again. */
export class DirectoryWorld implements World {
  life = 0;
  server: Serving;
  readonly #stopping = new AbortController();
  readonly stopping: AbortSignal = this.#stopping.signal;
  #isListening = false;
  #url = Promise.withResolvers<string>();

  private constructor(
    private readonly data: string,
    private readonly compiled: string,
    private readonly obeys: boolean,
  ) {
    this.server = this.#serve();
  }

  /** `obeys` says whether its servers can be given orders. */
  static async make(data: string, compiled: string, obeys = false): Promise<DirectoryWorld> {
    for (const name of ['isos', 'resources']) await mkdir(join(data, name), { recursive: true });
    await writeFile(join(data, 'isos/mini.iso'), miniIso());
    const base = [document('Configuration', 'small', smallConfiguration), document('BootProfile', 'web', profile)];
    await writeFile(join(data, 'resources/base.yaml'), base.join('\n---\n'));
    return new DirectoryWorld(data, compiled, obeys);
  }

  url(): Promise<string> {
    return this.#url.promise;
  }

  /** Returns the server that was killed. */
  async kill(): Promise<Serving> {
    // Who waits for a server that was killed before it listened waits for the next one.
    if (this.#isListening) this.#url = Promise.withResolvers();
    this.#isListening = false;
    await this.server.kill();
    return this.server;
  }

  /** Ends what asks the server. */
  stop(): void {
    this.#stopping.abort();
  }

  start(): void {
    this.server = this.#serve();
  }

  #serve(): Serving {
    this.life += 1;
    const server = new Serving(this.data, this.compiled, [], this.obeys);
    // Machines rarely ask a server that still reads what is there: their asking keeps it from reading.
    const isHeardOf = this.life % 4 === 0 ? server.listening : server.ready.then(() => server.listening);
    void isHeardOf.then((url) => {
      if (url === undefined || server !== this.server) return;
      this.#isListening = true;
      this.#url.resolve(url);
    });
    return server;
  }

  /** As editors do that can be trusted: under another name first. */
  async raise({ name, mac }: Plan, generation: number): Promise<void> {
    const spec = { macs: [mac], bootProfile: 'web', install: { generation, attempts: budget } };
    const path = join(this.data, 'resources', name);
    await writeFile(`${path}.new`, document('Machine', name, spec));
    await rename(`${path}.new`, `${path}.yaml`);
  }

  async find<K extends Kept['kind']>(kind: K, name: string): Promise<Extract<Kept, { kind: K }> | undefined> {
    const path = `state/${kind}/${name}.json`;
    const text = await readFile(join(this.data, path), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (parsed(path, text) as Extract<Kept, { kind: K }>);
  }

  /** All that is kept. Each file has to be whole at any instant. */
  async all(): Promise<Kept[]> {
    const kinds = ['Machine', 'Installation'] as const;
    const found = kinds.map(async (kind) => {
      const names = await readdir(join(this.data, 'state', kind)).catch(() => []);
      const files = names.filter((name) => name.endsWith('.json'));
      return Promise.all(files.map((file) => this.find(kind, file.slice(0, -'.json'.length))));
    });
    return (await Promise.all(found)).flat().filter((object) => object !== undefined);
  }

  /** What a server that was killed left of files that it was writing. */
  temporaryFiles(): string[] {
    return globSync('state/*/.*', { cwd: this.data });
  }
}

const profile = { distro: 'mini', configuration: 'small' };

function document(kind: string, name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'serabut.io/v1alpha1', kind, metadata: { name }, spec });
}

function parsed(path: string, text: string): Kept {
  try {
    return JSON.parse(text) as Kept;
  } catch {
    throw new Finding(`${path} is not whole: ${text.slice(0, 200)}`);
  }
}
