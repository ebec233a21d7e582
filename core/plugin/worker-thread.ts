/**
 * What runs in the thread of a plugin: imports its module, hands over what that exports, and calls its functions when
 * it is asked to. Everything that goes back is a {@link plainCopy}. worker.ts is the other end.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Path, type PlainCopy, plainCopy } from './plain-copy.js';

export interface Call {
  readonly id: number;
  readonly path: Path;
  readonly args: readonly unknown[];
}

/** The answer to a call, or with the id 0 what the module exports. */
export type Answer = { readonly id: number } & ({ readonly copy: PlainCopy } | { readonly error: string });

const port = parentPort;
if (port === null) throw new Error('worker-thread.ts is started by worker.ts');

const imported: Promise<{ readonly default?: unknown }> = import(workerData as string);
void answer(0, async () => (await imported).default);
port.on('message', ({ id, path, args }: Call) => {
  void answer(id, async () => {
    const [parent, made] = at((await imported).default, path);
    return (made as (...values: unknown[]) => unknown).apply(parent, [...args]);
  });
});

async function answer(id: number, make: () => Promise<unknown>): Promise<void> {
  let said: Answer;
  try {
    said = { id, copy: plainCopy(await make()) };
  } catch (thrown) {
    said = { id, error: (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 10_000) };
  }
  port?.postMessage(said);
}

/** What stands at a path, and what it stands in, which a function may know as `this`. */
function at(whole: unknown, path: Path): [parent: unknown, value: unknown] {
  return path.reduce<[unknown, unknown]>(([, value], key) => [value, value?.[key as never]], [undefined, whole]);
}
