#!/usr/bin/env node
// Builds the container images twice, each time from nothing, and compares the archives byte by byte: `npm run images:compare`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const builder = fileURLToPath(new URL('build.mjs', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'serabut-compare-'));
let [passed, failed] = [0, 0];
try {
  const [first, second] = [await build('first'), await build('second')];
  for (const [name, digest] of first) {
    const isSame = second.get(name) === digest;
    if (isSame) passed++;
    else failed++;
    console.log(`${isSame ? 'ok' : 'not ok'} - ${name} is the same bit for bit: ${digest} and ${second.get(name)}`);
  }
} catch (error) {
  console.error(error.message);
  failed++;
}
if (failed === 0) rmSync(directory, { recursive: true });
else console.log(`# both are in ${directory}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The SHA-256 of each archive. */
async function build(name) {
  const out = join(directory, name);
  const args = [builder, '--anew', '--tag', 'compare', '--out', out];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`The ${name} build failed.`);
  const digests = new Map();
  for (const file of readdirSync(out).sort()) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(out, file)), hash);
    digests.set(file, hash.digest('hex'));
  }
  return digests;
}
