import { createHash } from 'node:crypto';
import { appendFileSync, truncateSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { Algorithm } from '../../../core/checksums/checksum-list.js';
import { type HashTask, hashExtents } from '../../../core/checksums/hash-extents.js';
import { type HashExtent, WINDOW_BYTES } from '../../../core/checksums/reading-order.js';
import { identityOf } from '../../../core/http/byte-source.js';
import { pattern } from '../../helpers/isos.js';

const content = pattern(4 * WINDOW_BYTES + 12_345);

async function contentFile(t: Test) {
  const path = `${t.testdir({ file: content })}/file`;
  return identityOf(path, await stat(path, { bigint: true }));
}

function expected({ algorithm, extents }: HashTask): string {
  const hash = createHash(algorithm);
  for (const { offset, length, before = '' } of extents)
    hash.update(before).update(content.subarray(offset, offset + length));
  return hash.digest('hex');
}

/** Numbers that are the same in each run. */
function numbers(): (below: number) => number {
  let state = 7;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

t.test('whatever the extents are, the digests are those of the bytes in their order', async (t) => {
  const file = await contentFile(t);
  const below = numbers();
  const algorithms: Algorithm[] = ['md5', 'sha1', 'sha256', 'sha512'];
  const extents = (): HashExtent[] =>
    Array.from({ length: below(5) }, () => {
      const offset = below(content.length);
      const length = 1 + below(Math.min(content.length - offset, below(3) === 0 ? WINDOW_BYTES : 5000));
      return { offset, length, ...(below(4) === 0 && { before: Buffer.from('instead') }) };
    });
  for (let round = 0; round < 30; round += 1) {
    const tasks = Array.from({ length: 1 + below(10) }, () => ({
      algorithm: algorithms[below(4)] ?? 'md5',
      extents: extents(),
    }));
    t.strictSame(await hashExtents(file, tasks), tasks.map(expected), JSON.stringify(tasks));
  }
});

t.test('progress goes up to the number of bytes that are read', async (t) => {
  const file = await contentFile(t);
  const steps: [number, number][] = [];
  const whole = { algorithm: 'md5', extents: [{ offset: 0, length: content.length }] } as const;
  await hashExtents(file, [whole, { ...whole, algorithm: 'sha1' }], {
    onProgress: (done, total) => steps.push([done, total]),
  });
  t.equal(steps.length, 5);
  t.ok(steps.every(([done, total], index) => total === content.length && done > (steps[index - 1]?.[0] ?? 0)));
  t.equal(steps.at(-1)?.[0], content.length);
});

t.test('an abort ends it with its reason', async (t) => {
  const file = await contentFile(t);
  const stop = new AbortController();
  const task = { algorithm: 'md5', extents: [{ offset: 0, length: content.length }] } as const;
  const reason = new Error('enough');
  let last = 0;
  const hashing = hashExtents(file, [task], {
    signal: stop.signal,
    onProgress: (done) => {
      last = done;
      stop.abort(reason);
    },
  });
  t.equal(await hashing.catch((error: unknown) => error), reason);
  t.equal(last, WINDOW_BYTES);
});

t.test('a file that changes meanwhile is noticed', async (t) => {
  const task = { algorithm: 'md5', extents: [{ offset: 0, length: content.length }] } as const;
  for (const change of [
    (path: string) => appendFileSync(path, 'x'),
    (path: string) => truncateSync(path, WINDOW_BYTES),
  ]) {
    const file = await contentFile(t);
    const hashing = hashExtents(file, [task], { onProgress: () => change(file.path) });
    await t.rejects(hashing, { code: 'SERABUT_ERR_FILE_CHANGED' });
  }
});

t.test('files that lie over each other do not keep the machine busy', async (t) => {
  const file = await contentFile(t);
  const tasks = Array.from({ length: 9 }, (_, index) => ({
    algorithm: 'md5' as const,
    extents: [{ offset: 0, length: content.length - index }],
  }));
  await t.rejects(hashExtents(file, tasks), { code: 'SERABUT_ERR_ISO_UNSUPPORTED' });
  t.equal((await hashExtents(file, tasks.slice(0, 8))).length, 8);
});
