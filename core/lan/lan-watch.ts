import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSerabutError, SerabutError } from '../errors.js';
import { type LanAddress, lanAddress } from './lan-address.js';
import { confPath, type LanProgram, type LanSettings, lanConfs, readSettings, writeConfs } from './lan-files.js';

export interface LanWatchOptions {
  readonly interface: string;
  /** The directory that `serabut lan prepare` filled; without it the address is watched and no file written. */
  readonly directory?: string | undefined;
  readonly pollMs?: number;
  readonly addressOf?: (name: string) => LanAddress;
}

/** How far ahead of the clock a file may be dated, in ms: clocks are set by small steps, too. */
const clockMs = 2000;

/** A program that notes its start within this time after its configuration was written may have read the one before. */
const startMs = 10_000;

/**
 * Directories are of pods. When a lease runs out, the DHCP plugin of CNI takes the link down and forgets it; containers
 * that are started again keep the network of their pod (containernetworking/plugins, plugins/ipam/dhcp/lease.go).
 */
const onlyAnother = '; a lease that has run out comes back with another pod alone: kubectl delete pod';

/** Called with what is new: the address, and the programs whose configuration was written afresh for it. */
export type AddressListener = (lan: LanAddress, changed: readonly LanProgram[]) => void;

/**
 * Follows the address of the boot LAN. DHCP may take it away or give another one while the pod lives, and nobody tells.
 * The configurations are made anew for another address; that dnsmasq and Squid are started with them is the work of
 * whoever runs these (docs/decisions/011-lan-address.md).
 */
export class LanWatch {
  readonly #options: LanWatchOptions;
  readonly #settings: LanSettings | undefined;
  readonly #stopped = new AbortController();
  readonly #listeners = new Set<AddressListener>();
  /** Programs whose configuration was written by this watch, and which have not noted a start since. */
  readonly #written = new Set<LanProgram>();
  #address: LanAddress | undefined;
  #problem: SerabutError | undefined;
  #running: Promise<void> | undefined;

  private constructor(options: LanWatchOptions, settings: LanSettings | undefined) {
    this.#options = options;
    this.#settings = settings;
  }

  static async start(options: LanWatchOptions): Promise<LanWatch> {
    const { directory } = options;
    const watch = new LanWatch(options, directory === undefined ? undefined : await readSettings(directory));
    await watch.#look();
    watch.#running = watch.#poll();
    return watch;
  }

  /** Why no machine can boot from the LAN now; undefined when they can. */
  get problem(): SerabutError | undefined {
    return this.#problem;
  }

  /** URL of the Squid that listens on the LAN; null where none does, or nobody knows at which address. */
  get proxy(): string | null {
    const squid = this.#settings?.squid;
    return squid === undefined || this.#address === undefined ? null : `http://${this.#address.address}:${squid.port}`;
  }

  onAddress(listener: AddressListener): void {
    this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #poll(): Promise<void> {
    const { pollMs = 2000 } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await sleep(pollMs, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      const { interface: name, directory, addressOf = lanAddress } = this.#options;
      const lan = addressOf(name);
      if (!isSame(lan, this.#address)) await this.#take(lan);
      this.#problem = directory === undefined ? undefined : await this.#notStarted(directory);
    } catch (thrown) {
      const { message, where } = asSerabutError(thrown);
      const details = where === undefined ? {} : { where };
      const advice = this.#options.directory === undefined ? '' : onlyAnother;
      this.#problem = new SerabutError('SERABUT_ERR_LAN_LOST', `${message}${advice}`, details);
    }
  }

  async #take(lan: LanAddress): Promise<void> {
    const { directory } = this.#options;
    const changed =
      directory === undefined || this.#settings === undefined
        ? []
        : await writeConfs(directory, await lanConfs(lan, this.#settings));
    this.#address = lan;
    for (const program of changed) this.#written.add(program);
    for (const listener of this.#listeners) listener(lan, changed);
  }

  /** The programs that were last started before their configuration was written, as `NAME.started` tells. */
  async #notStarted(directory: string): Promise<SerabutError | undefined> {
    const programs: LanProgram[] = this.#settings?.squid === undefined ? ['dnsmasq'] : ['dnsmasq', 'squid'];
    const isStarted = await Promise.all(programs.map((program) => this.#isStarted(directory, program)));
    const late = programs.filter((_, index) => !isStarted[index]);
    if (late.length === 0) return undefined;
    const message = `${late.join(' and ')} must be started with the address ${this.#address?.address}`;
    return new SerabutError('SERABUT_ERR_LAN_LOST', message);
  }

  /** Whether a program was started after its configuration was written, as far as a clock that is set can tell. */
  async #isStarted(directory: string, program: LanProgram): Promise<boolean> {
    const [conf, note] = [confPath(directory, program), join(directory, `${program}.started`)];
    const [written, started] = await Promise.all([ageOf(conf), ageOf(note)]);
    const now = Date.now();
    if (written === undefined) return false;
    if (written > now + clockMs) {
      // The clock was set back: no start would be younger until it has caught up.
      await utimes(conf, now / 1000, now / 1000);
      return false;
    }
    if (started === undefined || started < written) return false;
    const isDoubtful = started < written + startMs || started > now + clockMs;
    if (!this.#written.delete(program) || !isDoubtful) return true;
    // Without its note the program is started once more.
    await rm(note, { force: true });
    return false;
  }
}

function isSame(one: LanAddress, other: LanAddress | undefined): boolean {
  return one.address === other?.address && one.netmask === other.netmask;
}

/** When a file was last written, in ms; undefined where there is none. */
async function ageOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
