import { join } from 'node:path';
import t from 'tap';
import { isoMutator } from './iso-mutate.js';
import { ownSeeds } from './iso-seeds.js';
import { Random } from './random.js';
import { fuzz } from './runner.js';

const IMAGES = 1000;

t.test('whatever is changed in an image, it is read soundly or refused', async (t) => {
  const module = new URL('./iso-target.js', import.meta.url);
  const directory = join(t.testdir({}), 'found');
  const report = await fuzz({ module, seeds: ownSeeds(), seed: 1, count: IMAGES, directory });
  t.match(report, { inputs: IMAGES, failures: [] });
  t.ok(report.read > IMAGES / 4 && report.refused > IMAGES / 4, `${report.read} read, ${report.refused} refused`);
});

t.test('an image is made again from its number', async (t) => {
  const make = (...numbers: number[]) => Buffer.from(isoMutator(ownSeeds())(new Random(...numbers)));
  t.ok(make(1, 17).equals(make(1, 17)));
  t.notOk(make(1, 17).equals(make(1, 18)));
  t.notOk(make(1, 17).equals(make(17, 1)));
});
