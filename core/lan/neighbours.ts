import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** Where what the kernel knows comes from. */
export interface NeighbourSources {
  /** The text of /proc/net/arp. */
  readonly table: () => Promise<string>;
  /** The addresses of this host. */
  readonly own: () => readonly string[];
  /** Milliseconds of a clock that nobody sets: else an entry might be trusted until it is as late again. */
  readonly now: () => number;
}

const kernel: NeighbourSources = {
  table: () => readFile('/proc/net/arp', 'utf8'),
  own: () => Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
  now: () => performance.now(),
};

/** For how long an entry that was found is trusted, in milliseconds. */
const freshMs = 1_000;

/**
 * The MAC addresses of the hosts on this network, by the kernel's neighbour table: IPv4, and that of the process's own
 * network namespace. Whoever has a connection here has an entry: the answer to its first packet went to that address.
 */
export class Neighbours {
  #known = new Map<string, string>();
  #own: ReadonlySet<string> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  readonly #sources: NeighbourSources;

  /** Of the kernel's own table, but for the sources that are given. */
  constructor(sources: Partial<NeighbourSources> = {}) {
    this.#sources = { ...kernel, ...sources };
  }

  /** The MAC address of a client, `local` for this host itself, null where the kernel knows none. Never throws. */
  async find(client: string): Promise<string | 'local' | null> {
    const address = client.replace(/^::ffff:/i, '');
    if (address === '::1' || /^127\./.test(address)) return 'local';
    // What is missing may have come since: a machine's first request follows its first packet at once.
    if (this.#sources.now() - this.#readAt >= freshMs || !this.#knows(address)) await this.#read();
    return this.#own.has(address) ? 'local' : (this.#known.get(address) ?? null);
  }

  #knows(address: string): boolean {
    return this.#own.has(address) || this.#known.has(address);
  }

  /** Reads that begin after now: one at a time, and one more for all who come in the meantime. */
  #read(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#readOnce().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined;
      return this.#read();
    });
    return this.#next;
  }

  async #readOnce(): Promise<void> {
    const readAt = this.#sources.now();
    // Where there is no table nobody is known.
    this.#known = neighboursIn(await this.#sources.table().catch(() => ''));
    this.#own = new Set(this.#sources.own());
    this.#readAt = readAt;
  }
}

/** `ATF_COM` of linux/if_arp.h: the entry is complete. */
const complete = 0x2;

/**
 * The complete entries of /proc/net/arp (Linux net/ipv4/arp.c, arp_format_neigh_entry): address, hardware type, flags,
 * MAC address, mask, device. An address that two networks have, with two MAC addresses, is nobody's.
 */
export function neighboursIn(table: string): Map<string, string> {
  const found = new Map<string, string>();
  const twice = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const [address = '', , flags = '', mac = ''] = line.trim().split(/\s+/);
    if ((Number(flags) & complete) === 0 || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) continue;
    const other = found.get(address);
    if (other !== undefined && other !== mac.toLowerCase()) twice.add(address);
    found.set(address, mac.toLowerCase());
  }
  for (const address of twice) found.delete(address);
  return found;
}
