/** `npm run test:kill -- [--kills N] [--seed S]`: kills servers at random instants while twenty machines live by a script. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emptyTally, killMany } from './kill-rounds.js';

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 1_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
/** As many servers at once, each on a directory of its own; a start is mostly one processor's work. */
const servers = 3;
const generations = 6;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // The servers end too.
const data = mkdtempSync(join(tmpdir(), 'serabut-kill-'));
const begun = performance.now();
const seconds = () => Math.round((performance.now() - begun) / 1000);
const tally = emptyTally((count) => {
  if (count % 50 === 0) console.log(`${count} kills in ${seconds()} s`);
});
console.log(`seed ${seed}, ${kills} kills`);
try {
  await killMany(join(data, 'none'), { kills: 0, generations, seed }, tally);
  console.log(`without kills one life took ${seconds()} s`);
  const parts = Array.from({ length: servers }, (_, index) => index);
  await Promise.all(
    parts.map((part) => {
      const extent = { kills: Math.ceil((kills - part) / servers), generations, seed: seed + 1000 * part };
      return killMany(join(data, String(part)), extent, tally);
    }),
  );
} finally {
  rmSync(data, { recursive: true, force: true });
}
const { findings, lives, scripts, reports, unanswered, leftovers } = tally;
console.log(
  `${tally.kills} kills in ${seconds()} s during ${lives} lives of 20 machines: ${scripts} scripts and ${reports} reports ` +
    `were acknowledged, ${unanswered} requests had to be repeated, ${leftovers} files were being written`,
);
for (const finding of findings.slice(0, 20)) console.log(finding);
console.log(findings.length === 0 ? 'nothing was lost, nothing half-written was read' : `${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
