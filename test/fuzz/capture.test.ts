import { join } from 'node:path';
import t from 'tap';
import { captureSeeds } from './capture-seeds.js';
import { fuzz } from './runner.js';

const CAPTURES = 1500;

t.test('whatever is changed in a capture, it is read soundly or refused', async (t) => {
  const module = new URL('./capture-target.js', import.meta.url);
  const directory = join(t.testdir({}), 'found');
  const report = await fuzz({ module, seeds: captureSeeds(), seed: 1, count: CAPTURES, directory });
  t.match(report, { inputs: CAPTURES, failures: [] });
  t.ok(report.read > CAPTURES / 2 && report.refused > 0, `${report.read} read, ${report.refused} refused`);
});
