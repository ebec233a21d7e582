import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../cases.js';
import { ApiServer } from './api-server.js';
import { applyDefinitions } from './definitions-case.js';
import { checkRules } from './rules-case.js';

const { values } = parseArgs({ options: { cache: { type: 'string', default: '/var/cache/serabut-lab' } } });

let [passed, failed] = [0, 0];
const report: Report = (name, ok, detail = '') => {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'not ok'} - ${name}${detail === '' ? '' : `: ${detail}`}`);
};

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopping.abort(new Error(`the run was ended by ${signal}`)));

const binaries = join(resolve(values.cache), 'bin');
const missing = ['etcd', 'kube-apiserver'].filter((name) => !existsSync(join(binaries, name)));
if (missing.length > 0) {
  console.log(`not ok - ${binaries} has no ${missing.join(' and no ')}: npm run test:cluster builds and keeps them`);
  process.exit(1);
}

const api = new ApiServer(binaries, stopping.signal);
try {
  const start = performance.now();
  await api.start();
  report('the API server is ready', true, `${((performance.now() - start) / 1000).toFixed(1)} s`);
  await applyDefinitions(api, report);
  await checkRules(api, report);
} catch (error) {
  report('the run comes to its end', false, error instanceof Error ? error.stack : String(error));
} finally {
  await api.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
