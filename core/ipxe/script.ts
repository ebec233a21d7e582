import { expandSettings, lineCommands, parseOptions } from './line.js';

/** What a server answers to a URL that a script names. */
export interface Fetched {
  readonly status: number;
  /** Of a script, or of an error. */
  readonly text: string;
}

/** What the machine is, and how its requests are answered. */
export interface Firmware {
  /** iPXE's settings by name, such as `mac` and `platform`; what is not there is empty. */
  readonly settings: Readonly<Record<string, string>>;
  /** Gets what a command names. Only of a script, or of an error, is the text wanted. */
  fetch(url: string, as: Loaded): Promise<Fetched>;
}

/** What a command takes a file for. */
export type Loaded = 'script' | 'kernel' | 'initrd';

/** How a script ended: with a kernel that runs, or back in the firmware. */
export interface ScriptEnd {
  readonly kind: 'boot' | 'disk' | 'exit' | 'shell' | 'failed' | 'endless';
  /** Why it failed, and at which line of which script. */
  readonly reason?: string;
  readonly kernel?: { readonly url: string; readonly args: string };
  readonly initrds: readonly string[];
  /** What the person at the console saw. */
  readonly screen: readonly string[];
}

/** How many commands a script may run: one that retries for ever is at no end by then. */
const commandLimit = 1_000;

/** Thrown to leave all scripts at once. */
class Ended extends Error {
  constructor(readonly kind: ScriptEnd['kind']) {
    super(kind);
  }
}

/** Thrown by `exit`, which leaves one script. */
class Left extends Error {
  constructor(readonly status: number) {
    super(`exit ${status}`);
  }
}

/** A command that fails, which ends its script unless `||` follows it. */
class Failed extends Error {}

/**
 * Runs an iPXE script as a machine would at which nobody presses a key: labels, operators, settings, loops, menus, and
 * what it loads (iPXE src/image/script.c, src/core/exec.c, src/hci/commands/). A stalled download is not played, nor
 * what depends on time.
 */
export async function runScript(url: string, firmware: Firmware): Promise<ScriptEnd> {
  const machine = new ScriptMachine(firmware);
  try {
    await machine.run(url);
    return machine.end('exit');
  } catch (thrown) {
    if (thrown instanceof Ended) return machine.end(thrown.kind);
    if (thrown instanceof Left) return machine.end('exit');
    if (thrown instanceof Failed) return machine.end('failed', thrown.message);
    throw thrown;
  }
}

/** One command: its words, those of them that are no options, the options, and the URL that a name stands for. */
interface Command {
  readonly words: readonly string[];
  readonly plain: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  at(name: string): string;
}

class ScriptMachine {
  readonly settings: Map<string, string>;
  readonly screen: string[] = [];
  readonly items: string[] = [];
  kernel: ScriptEnd['kernel'];
  initrds: string[] = [];
  readonly #firmware: Firmware;
  #commands = 0;
  /** The last failure that `||` caught, but of those commands that only ask. */
  #caught: string | undefined;

  constructor(firmware: Firmware) {
    this.#firmware = firmware;
    this.settings = new Map(Object.entries(firmware.settings));
  }

  end(kind: ScriptEnd['kind'], failure?: string): ScriptEnd {
    const { kernel, initrds, screen } = this;
    const reason = failure ?? (kind === 'boot' ? undefined : this.#caught);
    return { kind, ...(kernel && { kernel }), ...(reason && { reason }), initrds, screen };
  }

  /** Fetches a script and runs it to its end. */
  async run(url: string): Promise<void> {
    const text = await this.fetch(url, 'script');
    if (!text.startsWith('#!ipxe')) throw new Failed(`${url} is no iPXE script: it does not begin with #!ipxe`);
    const lines = text.replaceAll(/\\\n/g, '').split('\n');
    for (let at = 1; at < lines.length; at++) {
      const label = await this.#line(lines[at] ?? '', url, at + 1);
      if (label === undefined) continue;
      at = lines.findIndex((line) => line.trim() === `:${label}`);
      if (at === -1) throw new Failed(`${url} has no label ${label}`);
    }
  }

  async fetch(url: string, as: Loaded): Promise<string> {
    const { status, text } = await this.#firmware.fetch(url, as);
    if (status === 200) return text;
    throw new Failed(`${url} answers ${status}${text === '' ? '' : `: ${text.trim()}`}`);
  }

  /** Runs the commands of one line; the label where it goes on, if it says so. Throws the failure that it ends with. */
  async #line(line: string, url: string, number: number): Promise<string | undefined> {
    if (line.trim().startsWith(':')) return undefined;
    let failure: Failed | undefined;
    for (const { after, words: raw } of lineCommands(line)) {
      if (after !== 'start' && (after === '&&') !== (failure === undefined)) continue;
      this.#commands += 1;
      if (this.#commands > commandLimit) throw new Ended('endless');
      const words = raw.map((word) => expandSettings(word, this.settings));
      if (words[0] === 'goto') return words[1] ?? '';
      failure = placed(await this.#command(words, url), `line ${number} of ${url}`);
      if (failure !== undefined && !asking.has(words[0] ?? '')) this.#caught = failure.message;
    }
    if (failure === undefined) return undefined;
    throw failure;
  }

  async #command([name, ...words]: readonly string[], url: string): Promise<Failed | undefined> {
    if (name === undefined) return undefined;
    try {
      const run = commands[name];
      if (run === undefined) throw new Failed(`${name}: no command that every build of iPXE has`);
      await run(this, { words, ...parseOptions(words), at: (text) => new URL(text, url).href });
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Failed) return thrown;
      throw thrown;
    }
  }
}

/** A failure with its place, unless it has one: that of a chained script is in that script. */
function placed(failure: Failed | undefined, where: string): Failed | undefined {
  if (failure === undefined || failure.message.startsWith('line ')) return failure;
  return new Failed(`${where}: ${failure.message}`);
}

/** Commands that fail in order to say no. */
const asking = new Set(['iseq', 'isset', 'prompt', 'choose']);

type Run = (machine: ScriptMachine, command: Command) => void | Promise<void>;

const end = (kind: ScriptEnd['kind']) => (): never => {
  throw new Ended(kind);
};
const nothing = (): void => {};

const kernel: Run = async (machine, { plain: [name = '', ...args], at }) => {
  await machine.fetch(at(name), 'kernel');
  machine.kernel = { url: at(name), args: args.join(' ') };
};

const initrd: Run = async (machine, { plain: [name = ''], at }) => {
  await machine.fetch(at(name), 'initrd');
  machine.initrds.push(at(name));
};

const chain: Run = async (machine, { plain: [name = ''], options, at }) => {
  try {
    await machine.run(at(name));
  } catch (thrown) {
    if (!(thrown instanceof Left) || options.has('--replace')) throw thrown;
    if (thrown.status !== 0) throw new Failed(thrown.message);
  }
  if (options.has('--replace')) throw new Left(0);
};

/** What scripts are made of; the commands of every build, BIOS builds included (iPXE src/config/general.h). */
const commands: Readonly<Record<string, Run>> = {
  kernel,
  imgselect: kernel,
  initrd,
  imgfetch: initrd,
  module: initrd,
  chain,
  echo: (machine, { words }) => void machine.screen.push(words.join(' ')),
  imgfree: (machine) => {
    machine.kernel = undefined;
    machine.initrds = [];
  },
  boot: ({ kernel }) => {
    if (kernel === undefined) throw new Failed('boot: no kernel was loaded');
    throw new Ended('boot');
  },
  sanboot: end('disk'),
  shell: end('shell'),
  reboot: end('exit'),
  poweroff: end('exit'),
  exit: (_, { plain: [status] }) => {
    throw new Left(Number(status ?? 0));
  },
  prompt: () => {
    throw new Failed('prompt: no key was pressed');
  },
  set: ({ settings }, { plain: [name = '', ...value] }) =>
    void settings.set(name.replace(/:\w+$/, ''), value.join(' ')),
  clear: ({ settings }, { plain: [name = ''] }) => void settings.delete(name.replace(/:\w+$/, '')),
  inc: ({ settings }, { plain: [name = '', by = '1'] }) =>
    void settings.set(name, String(Number(settings.get(name) ?? 0) + Number(by))),
  iseq: (_, { plain: [first, second] }) => {
    if (first !== second) throw new Failed(`iseq: "${first ?? ''}" is not "${second ?? ''}"`);
  },
  isset: (_, { plain: [value = ''] }) => {
    if (value === '') throw new Failed('isset: it is not set');
  },
  menu: ({ items }) => void items.splice(0),
  item: ({ items }, { plain: [label = ''], options }) => {
    if (!options.has('--gap')) items.push(label);
  },
  choose: ({ settings, items }, { plain: [name = ''], options }) =>
    void settings.set(name, options.get('--default') ?? items[0] ?? ''),
  ...Object.fromEntries('sleep dhcp ifopen ifclose ifstat imgstat route'.split(' ').map((name) => [name, nothing])),
};
