import type { InstallationStatus } from '../../core/resources/installation.js';
import type { MachineStatus } from '../../core/resources/machine.js';
import { budget } from './plan.js';

/** A Machine or an Installation as it is kept: in a file, or by the API server. */
export type Kept = {
  readonly name: string;
  /** Where it is a number it only rises. */
  readonly version: number | string;
} & (
  | { readonly kind: 'Machine'; readonly status: MachineStatus }
  | { readonly kind: 'Installation'; readonly status: InstallationStatus }
);

/** What of an object does not depend on when what happened. */
export function summaryOf({ kind, name, status }: Kept): string {
  if (kind === 'Machine') {
    const { phase, generation, installedGeneration, installation } = status;
    return `${name} ${phase} ${generation} ${installedGeneration} ${installation}`;
  }
  const { phase, attempt, progress, failures } = status;
  return `${name} ${phase} ${attempt} ${progress} ${failures.map(({ attempt, reason }) => `${attempt}:${reason}`)}`;
}

/** Remembers all that was kept at some instants, and says what can never have become of it. */
export class History {
  readonly #last = new Map<string, Kept>();

  /** What is wrong with what is kept now. */
  look(all: readonly Kept[]): string[] {
    const findings = all.flatMap((now) => {
      const key = `${now.kind}/${now.name}`;
      const before = this.#last.get(key);
      this.#last.set(key, now);
      return [...impossible(now), ...(before === undefined ? [] : wentBack(before, now))].map(
        (text) => `${key} ${text}`,
      );
    });
    const machines = new Set(all.flatMap(({ kind, name }) => (kind === 'Machine' ? [name] : [])));
    const gone = [...this.#last.values()].filter(({ kind, name }) => kind === 'Machine' && !machines.has(name));
    return [...findings, ...gone.map(({ name }) => `Machine/${name} is gone`)];
  }
}

function impossible({ kind, status }: Kept): string[] {
  if (kind === 'Machine') return [];
  const found: string[] = [];
  if (status.attempt > budget) found.push(`made attempt ${status.attempt} of ${budget}`);
  if (status.failures.length > status.attempt) found.push('has more failures than attempts');
  const over = status.failures.some(({ attempt }) => attempt === status.attempt);
  if (over !== (status.phase === 'Failed' || (status.phase === 'Pending' && status.attempt > 0))) {
    found.push(`is ${status.phase} in attempt ${status.attempt}, which has ${over ? '' : 'not '}failed`);
  }
  return found;
}

function wentBack(before: Kept, now: Kept): string[] {
  const fell = (what: string, from: number, to: number) => (to < from ? [`${what} fell from ${from} to ${to}`] : []);
  const found: string[] = [];
  if (typeof before.version === 'number') found.push(...fell('version', before.version, Number(now.version)));
  if (before.kind === 'Machine' && now.kind === 'Machine') {
    for (const field of ['generation', 'installedGeneration'] as const)
      found.push(...fell(field, before.status[field], now.status[field]));
  }
  if (before.kind !== 'Installation' || now.kind !== 'Installation') return found;
  found.push(...fell('attempt', before.status.attempt, now.status.attempt));
  found.push(...fell('the number of failures', before.status.failures.length, now.status.failures.length));
  const { phase } = before.status;
  const isOver = phase === 'Installed' || phase === 'Failed';
  if (isOver && phase !== now.status.phase) found.push(`was ${phase} and is ${now.status.phase}`);
  return found;
}
