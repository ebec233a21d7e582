import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { takeBody, Wrong } from './body.js';
import type { Order, Simulated } from './order.js';

/** As often as the scripts of Serabut try. */
const tries = 5;
/** How long a machine waits before it asks again where it is not told, in milliseconds. */
const pauseMs = 1000;
/** What its installer says of itself, between its answer files and its end. */
const steps = ['base system', 'packages', 'boot loader'];

/** What became of a machine. All times are in milliseconds, and of whole answers. */
export interface Life {
  readonly isSlow: boolean;
  /** From when it was switched on until it knew what to boot, with all waiting and trying again. */
  scriptMs: number;
  /** The same when it came back, installed. */
  diskMs: number;
  readonly answersMs: number[];
  readonly reportsMs: number[];
  /** Since all were switched on: when it began with its kernel, had all of its initrd, and was at its end. */
  loadBegan: number;
  loadEnded: number;
  ended: number;
  /** Connections that failed or were lost, each tried again. */
  retries: number;
  /** Answers that said it shall ask again later, by 503 or by a script. */
  waits: number;
  /** Why it has not come to its end. */
  problem?: string;
}

/** Lets a machine boot, install itself and boot again, as iPXE and Debian's installer do. Never throws. */
export async function live(simulated: Simulated, order: Order, began: number): Promise<Life> {
  const machine = new Machine(simulated, order, began);
  try {
    await machine.live();
  } catch (error) {
    machine.life.problem = `${simulated.mac}: ${error instanceof Wrong ? error.message : (error as Error).stack}`;
  }
  machine.life.ended = performance.now() - began;
  await machine.close();
  return machine.life;
}

class Machine {
  readonly life: Life;
  readonly #simulated: Simulated;
  readonly #order: Order;
  readonly #began: number;
  readonly #client: Client;

  constructor(simulated: Simulated, order: Order, began: number) {
    this.#simulated = simulated;
    this.#order = order;
    this.#began = began;
    this.life = {
      isSlow: simulated.isSlow,
      ...{ scriptMs: 0, diskMs: 0, answersMs: [], reportsMs: [], loadBegan: 0, loadEnded: 0, ended: 0 },
      ...{ retries: 0, waits: 0 },
    };
    this.#client = new Client(order.origin, { localAddress: simulated.address, headersTimeout: 120_000 });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async live(): Promise<void> {
    const { server } = this.#order;
    if (server === 'nginx') return this.#load('/vmlinuz', '/initrd.img');
    const script = await this.#script('scriptMs');
    const kernel = /^kernel (\S+)/m.exec(script)?.[1];
    const initrd = /^initrd (?:--name \S+ )?(\S+)/m.exec(script)?.[1];
    if (kernel === undefined || initrd === undefined) throw new Wrong(`was not told to install: ${script}`);
    await this.#load(kernel, initrd);
    if (server === 'Serabut') await this.#install(/ url=(\S+)/.exec(script)?.[1]);
    const last = await this.#script('diskMs');
    const isRight = server === 'Serabut' ? /It boots its disk\.$/m.test(last) : last === script;
    if (!isRight) throw new Wrong(`was told in the end: ${last}`);
  }

  /** What it is told to boot. One that is told by a script to ask again does so. */
  async #script(what: 'scriptMs' | 'diskMs'): Promise<string> {
    const asked = performance.now();
    const { server } = this.#order;
    const mac = this.#simulated.mac.replaceAll(':', '-');
    const said = '&uuid=&serial=&manufacturer=Maker&product=Box&arch=x86_64&platform=efi&memory=65536';
    for (;;) {
      const script = await this.#ask('GET', server === 'Serabut' ? `/boot?mac=${mac}${said}` : `/ipxe?mac=${mac}`);
      if (!script.startsWith('#!ipxe\n')) throw new Wrong(`got no script: ${script}`);
      const again = /^sleep (\d+)\nchain /m.exec(script);
      this.life[what] = performance.now() - asked;
      if (again === null) return script;
      this.life.waits += 1;
      await sleep(Number(again[1]) * 1000);
    }
  }

  async #load(...paths: readonly [kernel: string, initrd: string]): Promise<void> {
    const { origin, bodies, slowSeconds } = this.#order;
    const { isSlow, address: localAddress } = this.#simulated;
    const all = bodies.reduce((sum, { length }) => sum + length, 0);
    const bytesPerSecond = isSlow ? all / slowSeconds : undefined;
    this.life.loadBegan = performance.now() - this.#began;
    for (const [index, path] of paths.entries()) {
      const expected = bodies[index] ?? Buffer.alloc(0);
      await this.#try(() => takeBody(new URL(path, origin), { localAddress, expected, bytesPerSecond }));
    }
    this.life.loadEnded = performance.now() - this.#began;
  }

  /** What Debian's installer asks and tells, by the URLs in its answer file. */
  async #install(answers: string | undefined): Promise<void> {
    const preseed = await this.#timed('answersMs', 'GET', answers);
    const find = (path: string) => new RegExp(`http://\\S+/installations/[^']*/${path}[^']*`).exec(preseed)?.[0];
    await this.#timed('reportsMs', 'GET', find('progress'));
    await this.#timed('answersMs', 'GET', find('automation/before-install'));
    const progress = find('progress')?.replace(/\?.*/, '');
    for (const step of steps) await this.#timed('reportsMs', 'POST', progress, step);
    await this.#timed('answersMs', 'GET', find('automation/after-install'));
    await this.#timed('reportsMs', 'GET', find('done'));
  }

  async #timed(
    times: 'answersMs' | 'reportsMs',
    method: 'GET' | 'POST',
    url: string | undefined,
    body?: string,
  ): Promise<string> {
    if (url === undefined) throw new Wrong('its script or answer file lacks a URL');
    const { pathname, search } = new URL(url);
    const asked = performance.now();
    const text = await this.#ask(method, pathname + search, body);
    this.life[times].push(performance.now() - asked);
    if (times === 'reportsMs' && text !== 'ok\n') throw new Wrong(`its report was answered with ${text}`);
    return text;
  }

  /** The text of an answer with 200. Who is told to come later by 503 does so. */
  async #ask(method: 'GET' | 'POST', path: string, body: string | null = null): Promise<string> {
    for (;;) {
      const { statusCode, headers, text } = await this.#try(async () => {
        const answer = await this.#client.request({ method, path, body });
        return { ...answer, text: await answer.body.text() };
      });
      if (statusCode === 200) return text;
      if (statusCode !== 503) throw new Wrong(`${method} ${path} was answered with ${statusCode}: ${text}`);
      this.life.waits += 1;
      await sleep(Number(headers['retry-after'] ?? 1) * 1000);
    }
  }

  /** Tries again when there was no connection, or it was lost; not when what came is wrong. */
  async #try<T>(once: () => Promise<T>): Promise<T> {
    for (let left = tries - 1; ; left -= 1) {
      try {
        return await once();
      } catch (error) {
        if (error instanceof Wrong || left === 0) throw error;
        this.life.retries += 1;
        await sleep(pauseMs);
      }
    }
  }
}
