import { Random } from './random.js';
import type { FuzzTarget } from './target.js';

/** For the tests of the runner: inputs say what is to happen with them; the second one of each run does the harm. */
export const target: FuzzTarget = {
  mutator:
    ([seed]) =>
    (random) =>
      Buffer.concat([seed?.bytes ?? Buffer.alloc(0), random.bytes(8)]),
  attempt: async (input) => {
    const text = Buffer.from(input).toString('latin1');
    if (text.startsWith('count')) return text.charCodeAt(5) < 128 ? 'read' : 'refused';
    if (text.startsWith('throw')) throw new Error('something does not hold');
    if (isSecond(input)) harm(text);
    return 'read';
  },
  maxSeconds: 0.2,
  maxHeapMib: 32,
};

function isSecond(input: Uint8Array): boolean {
  return Buffer.from(input.subarray(-8)).equals(new Random(5, 1).bytes(8));
}

function harm(text: string): void {
  const started = process.cpuUsage().user;
  const kept: string[][] = [];
  while (text.startsWith('hang'));
  while (text.startsWith('slow') && process.cpuUsage().user - started < 400_000);
  while (text.startsWith('memory')) kept.push(Array(1000).fill(`${kept.length}`));
}
