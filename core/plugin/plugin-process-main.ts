/**
 * What runs in the process of a plugin: imports its module, hands over what that exports, and calls its functions when
 * it is asked to. Everything that goes back is a {@link plainCopy}. plugin-process.ts is the other end.
 */
import { type Path, type PlainCopy, plainCopy } from './plain-copy.js';

export interface Call {
  readonly id: number;
  readonly path: Path;
  readonly args: readonly unknown[];
}

/** The answer to a call, or with the id 0 what the module exports. */
export type Answer = { readonly id: number } & ({ readonly copy: PlainCopy } | { readonly error: string });

const [module = ''] = process.argv.slice(2);
const imported: Promise<{ readonly default?: unknown }> = import(module);
void answer(0, async () => (await imported).default);
process.on('message', ({ id, path, args }: Call) => {
  void answer(id, async () => {
    const [parent, made] = at((await imported).default, path);
    return (made as (...values: unknown[]) => unknown).apply(parent, [...args]);
  });
});
// Whoever asked is gone, and so is the reason to be here.
process.on('disconnect', () => process.exit());

async function answer(id: number, make: () => Promise<unknown>): Promise<void> {
  let said: Answer;
  try {
    said = { id, copy: plainCopy(await make()) };
  } catch (thrown) {
    said = { id, error: reasonOf(thrown).slice(0, 10_000) };
  }
  process.send?.(said);
}

/** Node's own words for what its permission model refuses do not say what it was. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { code, permission, resource } = thrown as { code?: string; permission?: string; resource?: string };
  if (code !== 'ERR_ACCESS_DENIED') return thrown.message;
  return `it may do nothing but read its own directory; refused was ${permission} ${resource ?? ''}`.trim();
}

/** What stands at a path, and what it stands in, which a function may know as `this`. */
function at(whole: unknown, path: Path): [parent: unknown, value: unknown] {
  return path.reduce<[unknown, unknown]>(([, value], key) => [value, value?.[key as never]], [undefined, whole]);
}
