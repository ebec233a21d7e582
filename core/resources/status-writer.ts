import { asSerabutError } from '../errors.js';
import { type ConditionNow, withCondition } from './condition.js';
import type { SnapshotKind, Store } from './store.js';

/** What is known of a resource now: its conditions but for their times, and what else its status says. */
export interface StatusNow {
  readonly conditions: readonly ConditionNow[];
  readonly details?: Readonly<Record<string, string | number>>;
}

/**
 * Writes statuses of resources in the background, one after the other, and only those that have changed. Of several of
 * one resource that wait the last counts. What the store refuses is offered again with the next one that is told.
 */
export class StatusWriter {
  readonly #waiting = new Map<string, { kind: SnapshotKind; name: string; status: StatusNow }>();
  #writing: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<Store, 'statusOf' | 'applyStatus'>,
    private readonly now: () => number,
    private readonly log: (level: 'info' | 'warn', fields: object, message: string) => void,
  ) {}

  write(kind: SnapshotKind, name: string, status: StatusNow): void {
    this.#waiting.set(`${kind}/${name}`, { kind, name, status });
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when nothing waits any more. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (const [key, { kind, name, status }] of this.#waiting) {
      this.#waiting.delete(key);
      await this.#writeOne(kind, name, status).catch((err) => {
        // A resource that was removed meanwhile has no status.
        if (asSerabutError(err).code === 'SERABUT_ERR_CONFLICT') return;
        this.log('warn', { err, kind, name }, 'a status is not written');
      });
    }
  }

  async #writeOne(kind: SnapshotKind, name: string, { conditions, details = {} }: StatusNow): Promise<void> {
    const before = this.store.statusOf(kind, name);
    const time = new Date(this.now()).toISOString();
    const types = new Set(conditions.map(({ type }) => type));
    const kept = (before?.conditions ?? []).filter(({ type }) => types.has(type));
    const merged = conditions.reduce((all, one) => withCondition(all, one, time), kept);
    const after = { ...details, conditions: merged };
    if (before === undefined || comparable(before) !== comparable(after)) {
      await this.store.applyStatus(kind, name, after);
    }
  }
}

/** The same text for statuses that say the same, in whatever order. */
function comparable({ conditions, ...details }: { conditions: readonly ConditionNow[] }): string {
  const said = conditions.map(({ type, status, reason, message }) => [type, status, reason, message].join('\n')).sort();
  return JSON.stringify([said, Object.entries(details).sort()]);
}
