import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Children } from '../measure.js';
import type { Asked } from './asking.js';
import { type Computer, documentsPerFile, question, toDocument, writeIso } from './fleet.js';
import { serabut, start } from './servers.js';

/** A server on a directory in which the number of machines changes; they have nothing to install, and boot their disks. */
export class Growing {
  #computers: readonly Computer[] = [];

  private constructor(
    readonly data: string,
    readonly all: readonly Computer[],
    readonly origin: string,
    readonly pid: number,
  ) {}

  static async start(children: Children, data: string, all: readonly Computer[]): Promise<Growing> {
    writeIso(data);
    mkdirSync(join(data, 'resources'));
    const { url, pid } = await start(children, serabut(data), '/readyz', `${data}.log`);
    return new Growing(data, all, url, pid);
  }

  get asked(): Asked {
    const paths = this.#computers.map((computer) => question('/boot', computer));
    return { origin: this.origin, pid: this.pid, paths, expected: 'It boots its disk' };
  }

  /** Writes and removes files until there are so many machines, and waits until the server has them. */
  async resize(size: number): Promise<void> {
    this.#computers = this.all.slice(0, size);
    for (let at = 0; at < this.all.length; at += documentsPerFile) {
      const path = join(this.data, `resources/machines-${at}.yaml`);
      const documents = this.#computers.slice(at, at + documentsPerFile).map(toDocument);
      if (documents.length > 0) writeFileSync(path, documents.join('---\n'));
      else rmSync(path, { force: true });
    }
    while ((await this.#count()) !== size) await sleep(200);
  }

  /** How many machines the server says that it has. */
  async #count(): Promise<number> {
    const metrics = await (await fetch(`${this.origin}/metrics`)).text();
    return [...metrics.matchAll(/^serabut_machines\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  }
}
