import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.js';
import { pattern, smallConfiguration } from '../helpers/isos.js';
import { makeIso } from '../helpers/make-iso.js';

/** How long the server may take to notice what was changed, in milliseconds. */
const patience = 30_000;

/** What became of the changes. */
export interface Changed {
  count: number;
  /** The longest that it took until one showed, in milliseconds. */
  slowest: number;
  readonly findings: string[];
}

const volume = pattern(8_000_000, 7);
const definition = {
  apiVersion: 'serabut/v1',
  id: 'lab',
  recognise: [{ volumeId: '^LAB_(?<release>\\d+)$', facts: { edition: 'lab', arch: 'x86_64' } }],
  media: [{ edition: 'lab', arch: 'x86_64', kernel: '/linux', initrd: '/initrd.gz' }],
  boot: { template: 'boot.ipxe.liquid' },
  automation: {},
};
const plugin = `export default ${JSON.stringify(definition)};\n`;
const script = (word: string): string => `#!ipxe\necho lab plugin ${word}\nboot\n`;

/** Plugins, ISOs and YAML that change underneath a server; each change is waited for until it shows. */
export class Changes {
  readonly changed: Changed = { count: 0, slowest: 0, findings: [] };
  #serial = 0;

  constructor(
    private readonly data: string,
    private readonly url: () => Promise<string>,
  ) {}

  /** What is there before the server is. */
  async prepare(): Promise<void> {
    await this.#write(
      'isos/lab.iso',
      makeIso({ linux: volume, 'initrd.gz': volume, large: volume }, { volumeId: 'LAB_1' }),
    );
    await this.#write('isos/other.iso', other(0));
    await this.#write('plugins/lab/index.mjs', plugin);
    await this.#write('plugins/lab/boot.ipxe.liquid', script('zero'));
    await this.#write('resources/other.yaml', resources('zero'));
  }

  async go(seed: number, end: AbortSignal): Promise<void> {
    const random = new Random(seed, 999);
    const kinds = [
      this.#pluginText,
      this.#pluginCode,
      this.#brokenPlugin,
      this.#iso,
      this.#noIso,
      this.#yaml,
      this.#brokenYaml,
    ] as const;
    while (!end.aborted) {
      this.#serial += 1;
      await random.pick(kinds).call(this, `n${this.#serial}`);
      this.changed.count += 1;
      await sleep(random.below(1500));
    }
  }

  async #pluginText(word: string): Promise<void> {
    await this.#write('plugins/lab/boot.ipxe.liquid', script(word));
    await this.#shows('/boot/lab', (text) => text.includes(`lab plugin ${word}\n`), `a plugin's template`);
  }

  /** Another process of the plugin takes over. */
  async #pluginCode(word: string): Promise<void> {
    await this.#write('plugins/lab/index.mjs', `${plugin}// ${word}\n`);
    await this.#pluginText(word);
  }

  async #brokenPlugin(word: string): Promise<void> {
    await this.#write('plugins/lab/index.mjs', `export default { ${word}`);
    await this.#shows('/api/v1/plugins', (text) => text.includes('goes on working'), 'a broken plugin');
    await this.#pluginCode(word);
  }

  async #iso(): Promise<void> {
    await this.#write('isos/other.iso', other(this.#serial));
    const wanted = String(this.#serial);
    await this.#shows('/iso/content/other.iso/serial', (text) => text === wanted, 'another ISO');
  }

  async #noIso(): Promise<void> {
    await rm(join(this.data, 'isos/other.iso'));
    await this.#shows('/iso/content/other.iso/serial', (text) => text.includes('NOT_FOUND'), 'an ISO that is gone');
    await this.#iso();
  }

  async #yaml(word: string): Promise<void> {
    await this.#write('resources/other.yaml', resources(word));
    const isNew = (text: string) => text.includes(`host-${word}`);
    await this.#shows('/configuration/other/automation/mini/preseed.cfg', isNew, 'a changed Configuration');
  }

  async #brokenYaml(word: string): Promise<void> {
    await this.#write('resources/broken.yaml', `kind: [${word}`);
    await this.#shows('/readyz', (text) => text !== '', 'a broken file');
    await rm(join(this.data, 'resources/broken.yaml'));
    await this.#yaml(word);
  }

  /** Under another name first, as one is told to. */
  async #write(path: string, content: string | Uint8Array): Promise<void> {
    const file = join(this.data, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  }

  async #shows(path: string, isNew: (text: string) => boolean, what: string): Promise<void> {
    const began = performance.now();
    let text = '';
    while (performance.now() - began < patience) {
      text = await fetch((await this.url()) + path).then((response) => response.text());
      if (isNew(text)) {
        this.changed.slowest = Math.max(this.changed.slowest, performance.now() - began);
        return;
      }
      await sleep(100);
    }
    this.changed.findings.push(`${what} did not show within ${patience / 1000} s; ${path} said ${text.slice(0, 300)}`);
  }
}

/** An ISO of which each edition has other bytes. */
function other(serial: number): Buffer {
  return makeIso({ large: volume, serial: String(serial) }, { volumeId: 'OTHER' });
}

function resources(word: string): string {
  const spec = { ...smallConfiguration, hostname: `host-${word}` };
  return JSON.stringify({
    apiVersion: 'serabut.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'other' },
    spec,
  });
}
