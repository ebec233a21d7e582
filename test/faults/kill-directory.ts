/** `npm run test:kill -- [--kills N] [--seed S]`: kills processes that write to a data directory, and looks for what is lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emptyTally, killMany } from './kill-round.js';

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 1_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
/** As many directories at once, each with processes of its own. */
const directories = 4;

const data = mkdtempSync(join(tmpdir(), 'serabut-kill-'));
const begun = performance.now();
const seconds = () => Math.round((performance.now() - begun) / 1000);
const tally = emptyTally((count) => {
  if (count % 100 === 0) console.log(`${count} kills in ${seconds()} s`);
});
console.log(`seed ${seed}, ${kills} kills`);
try {
  const parts = Array.from({ length: directories }, (_, index) => index);
  await Promise.all(
    parts.map((part) =>
      killMany(join(data, String(part)), Math.ceil((kills - part) / directories), seed + part, tally),
    ),
  );
} finally {
  rmSync(data, { recursive: true, force: true });
}
const { findings, acknowledged, underWay, ofThemThere, leftovers } = tally;
console.log(
  `${tally.kills} kills in ${seconds()} s: ${acknowledged} acknowledged writes compared, ` +
    `${underWay} were under way, ${ofThemThere} of them were there; ${leftovers} temporary files were left by the kills`,
);
for (const finding of findings.slice(0, 20)) console.log(finding);
console.log(
  findings.length === 0 ? 'nothing was lost, and nothing half-written was read' : `${findings.length} findings`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
