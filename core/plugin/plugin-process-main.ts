/**
 * What runs in the process of a plugin: imports its module, hands over what that exports, and calls its functions when
 * it is asked to. Everything that goes back is a {@link plainCopy}. plugin-process.ts is the other end.
 */
import { type Path, plainCopy } from './plain-copy.js';
import type { Answer } from './plugin-answer.js';

export interface Call {
  readonly id: number;
  readonly path: Path;
  readonly args: readonly unknown[];
}

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
    said = { id, error: reasonOf(thrown) };
  }
  process.send?.(said);
}

/** An error, and what more it says when Node's permission model made it. */
interface Refused extends Error {
  readonly code?: string;
  readonly permission?: string;
  readonly resource?: string;
}

/** What an error says, and where in the plugin it comes from. Node does not say by itself what it has refused. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { code, permission, resource, message, stack = '' } = thrown as Refused;
  const [, ...afterDirectory] = stack.split(new URL('.', module).href);
  const [place] = afterDirectory.flatMap((text) => /^[^\s)]+:\d+/.exec(text) ?? []);
  const refused = `it may do nothing but read its own directory; refused was ${permission} ${resource ?? ''}`.trim();
  return `${code === 'ERR_ACCESS_DENIED' ? refused : message}${place === undefined ? '' : ` (${place})`}`;
}

/** What stands at a path, and what it stands in, which a function may know as `this`. */
function at(whole: unknown, path: Path): [parent: unknown, value: unknown] {
  return path.reduce<[unknown, unknown]>(([, value], key) => [value, value?.[key as never]], [undefined, whole]);
}
