import type { Decision, MenuEntry, SaidFacts } from './outcome.js';

/** A line of the menu, and for which machines it is. */
export interface MenuOption extends MenuEntry {
  /** The architecture of the distro. */
  readonly arch: string;
}

/** What of the menu fits a machine, what happens when nobody chooses, and why. */
export function menuFor(
  { arch }: SaidFacts,
  options: readonly MenuOption[],
  wanted: string | undefined,
  state: string,
): Pick<Extract<Decision, { kind: 'menu' }>, 'entries' | 'defaultEntry' | 'reason'> {
  const entries = options.filter((option) => isFor(arch, option.arch));
  const defaultEntry = entries.find(({ name, problems }) => name === wanted && problems.length === 0);
  return { entries, defaultEntry, reason: reasonFor(wanted, defaultEntry, state) };
}

/** A machine that does not name its architecture is shown everything. */
function isFor(said: string | null, arch: string): boolean {
  return said === null || said === arch || (said === 'i386' && arch === 'x86_64');
}

function reasonFor(wanted: string | undefined, found: MenuEntry | undefined, state: string): string {
  if (wanted === undefined) return state;
  if (found === undefined)
    return `The default entry ${wanted} cannot be booted here: the machine boots from its own disk.`;
  return `The server is set to start ${wanted} on machines that are not known.`;
}
