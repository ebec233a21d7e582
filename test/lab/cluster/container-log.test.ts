import t from 'tap';
import { ContainerLog } from './container-log.js';

t.test('a log goes on with the next pod, and has no line twice', async (t) => {
  const pods = [
    ['2026-01-01T00:00:01.5Z first', '2026-01-01T00:00:02Z two words', 'no time'],
    ['2026-01-01T00:00:02Z two words', '2026-01-01T00:00:09Z from the next pod'],
  ];
  const since: (string | undefined)[] = [];
  const follow = async (take: (line: string) => void, stop: AbortSignal, ...args: string[]): Promise<void> => {
    since.push(args[args.indexOf('--since-time') + 1]);
    const lines = pods.shift();
    for (const line of lines ?? []) take(line);
    if (lines === undefined) await new Promise((resolve) => stop.addEventListener('abort', resolve));
  };
  const log = new ContainerLog({ follow }, 'boot', 'serabut', 'server');
  while (since.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await log.stop();
  t.strictSame(
    log.lines.map(({ text }) => text),
    ['first', 'two words', 'from the next pod'],
  );
  t.equal(log.lines[0]?.at, Date.UTC(2026, 0, 1, 0, 0, 1, 500) / 1000);
  t.equal(since[1], '2026-01-01T00:00:02.000Z');
  t.ok(log.matches(/next/));
  t.notOk(log.matches(/first/, Date.UTC(2026, 0, 1, 0, 0, 2) / 1000));
});
