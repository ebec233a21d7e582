/** The machines, all in one process of its own, which is told by a message who is asked and answers with their lives. */
import { readFileSync } from 'node:fs';
import type { Life } from './machine.js';
import { type Order, storm } from './order.js';

/** As {@link Order}, with the paths of the files whose content has to come. */
export type Told = Omit<Order, 'bodies'> & { readonly files: readonly string[] };

/** What it says: when it can be told something, when only slow machines are left, and when all are at their end. */
export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'fast done' /** Of this process until then, in seconds. */; readonly cpu: number }
  | { readonly kind: 'all done'; readonly lives: readonly Life[] };

process.on('message', (told: Told) => void carryOut(told));
say({ kind: 'ready' });

async function carryOut({ files, ...order }: Told): Promise<void> {
  const bodies = files.map((file) => readFileSync(file));
  const before = process.cpuUsage();
  const lives = await storm({ ...order, bodies }, () => {
    const { user, system } = process.cpuUsage(before);
    say({ kind: 'fast done', cpu: (user + system) / 1e6 });
  });
  say({ kind: 'all done', lives });
}

function say(said: Said): void {
  process.send?.(said);
}
