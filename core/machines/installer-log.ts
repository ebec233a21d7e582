import { parseSyslog } from '../lan/syslog-message.js';
import { RecentMap } from '../recent-map.js';
import { messageOf, type Saw, type Stage, withoutRepeats } from './sightings.js';

/** Machines whose last lines are kept, how many lines of each, and how long these may be. */
const limits = { machines: 64, lines: 200, length: 512 } as const;

/** Lines in which installers and their kernels say that something went wrong. Each looks for fixed words. */
const failures: readonly RegExp[] = [
  /\bConfiguring '[\w-]{1,64}' failed|\bMenu item '[\w-]{1,64}' failed/, // Debian: a step of main-menu
  /^(?:in-target|debootstrap): (?:E: |error)/, //                   Debian: apt or debootstrap
  /^E: /, //                                                        apt
  /No root file system|no disk fits|pick_disks:/i, //               Debian, and the disk rules of a Configuration
  /install_fail\b|curtin: Installation failed|command .{1,100} failed/, // Ubuntu
  /^(?:anaconda: )?(?:[\w.]{1,64}: )?(?:An unknown error has occurred|Traceback \(most recent call last\))/, // Anaconda
  /The following error occurred while parsing the kickstart|Storage configuration failed|dnf\w{0,9}\.exceptions\.\w{1,64}/,
  /\bI\/O error\b|Kernel panic|Out of memory: Killed process|No space left on device|Read-only file system/,
];

/** The steps of Debian's installer that take long, by the name that its main menu logs. */
const steps: Readonly<Record<string, string>> = {
  'download-installer': 'fetching parts of the installer',
  'load-cdrom': 'fetching parts of the installer',
  'partman-base': 'partitioning the disks',
  'bootstrap-base': 'installing the base system',
  pkgsel: 'installing packages',
  'grub-installer': 'installing the boot loader',
  'finish-install': 'finishing the installation',
};
const step = /^(?:INFO: )?Menu item '([\w-]{1,64})' selected/;

export interface InstallerLogOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether the machine at an address is being installed now; nobody else is listened to. */
  readonly isInstalled: (address: string) => boolean;
}

/**
 * What installers log while they run, machine by machine: the last lines of those that were last heard, and what is of
 * interest in the history: the steps of an installation, and what went wrong.
 */
export class InstallerLog {
  readonly #lines = new RecentMap<{ lines: string[]; count: number }>(limits.machines);
  readonly #saw: Saw;
  readonly #isInstalled: (address: string) => boolean;

  constructor(saw: Saw, { now, isInstalled }: InstallerLogOptions) {
    this.#saw = withoutRepeats(saw, now);
    this.#isInstalled = isInstalled;
  }

  /** Takes a message of syslog from an address. */
  take(address: string, message: string): void {
    if (!this.#isInstalled(address)) return;
    const { program, text } = parseSyslog(message);
    if (text === '') return;
    const kept = this.#lines.take(address, () => ({ lines: [], count: 0 }));
    const { lines } = kept;
    kept.count += 1;
    lines.push(messageOf(program === '' ? text : `${program}: ${text}`, limits.length));
    if (lines.length > limits.lines) lines.shift();
    const found = meaningOf(program, text);
    if (found !== undefined) this.#saw({ address }, ...found);
  }

  /** The last lines from an address, the oldest first. */
  linesOf(address: string): readonly string[] {
    return this.#lines.get(address)?.lines ?? [];
  }

  /**
   * The lines from an address that came after so many, as far as they are kept, and how many there have been. More than
   * there have been is of another run of this server: all lines are new then.
   */
  linesAfter(address: string, seen: number): { readonly lines: readonly string[]; readonly next: number } {
    const { lines, count } = this.#lines.get(address) ?? { lines: [], count: 0 };
    const fresh = seen > count ? count : count - seen;
    return { lines: fresh === 0 ? [] : lines.slice(-fresh), next: count };
  }
}

function meaningOf(program: string, text: string): [Stage, string] | undefined {
  const short = text.slice(0, limits.length);
  const name = step.exec(short)?.[1] ?? '';
  if (program === 'main-menu' && Object.hasOwn(steps, name)) return ['Progress', steps[name] as string];
  const line = program === '' ? short : `${program}: ${short}`;
  return failures.some((pattern) => pattern.test(short) || pattern.test(line))
    ? ['Syslog', messageOf(line)]
    : undefined;
}
