/** `npm run test:faults -- [--only NAME]… [--seed S]`: what docs/reliability.md says, fault by fault, on whole servers. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { without } from '../helpers/programs.js';
import type { FaultCase, Report } from './case.js';
import { isoCases } from './iso-cases.js';
import { lanCases } from './lan-cases.js';
import { lifeCases } from './life-cases.js';
import { sigtermCases } from './sigterm-cases.js';

const cases: readonly FaultCase[] = [...isoCases, ...sigtermCases, ...lanCases, ...lifeCases];
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
const names = cases.map(({ name }) => name);
const only = values.only ?? names;
const unknown = only.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`--only knows ${names.join(', ')}, not ${unknown.join(', ')}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // The servers end too.
const directory = mkdtempSync(join(tmpdir(), 'serabut-faults-'));
chmodSync(directory, 0o755); // Squid is another user.
const compiled = join(directory, 'compiled');
let [passed, failed] = [0, 0];
const skipped: string[] = [];
const report: Report = (what, holds, detail = '') => {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok' : 'not ok'} - ${what}${detail === '' ? '' : `: ${detail}`}`);
};

console.log(`seed ${seed}`);
try {
  for (const each of cases) if (only.includes(each.name)) await runCase(each);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, skipped ${skipped.join(', ')}` : ''}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runCase({ name, rootFor, programs = [], run }: FaultCase): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const why = rootFor !== undefined && !isRoot ? `only root can have ${rootFor}` : without(...programs);
  if (why !== false) {
    skipped.push(name);
    console.log(`skipped ${name}: ${why}`);
    return;
  }
  console.log(`# ${name}`);
  const begun = performance.now();
  const own = join(directory, name);
  mkdirSync(own);
  await run({ directory: own, compiled, report: (what, ...rest) => report(`${name}: ${what}`, ...rest), seed }).catch(
    (error: unknown) => report(`${name}: it could be tried`, false, String((error as Error).stack ?? error)),
  );
  rmSync(own, { recursive: true, force: true });
  console.log(`# ${name} took ${Math.round((performance.now() - begun) / 1000)} s`);
}
