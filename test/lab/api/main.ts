import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import t from 'tap';
import { conformance } from '../../core/resources/store-conformance.js';
import { clusterHarness } from '../../helpers/cluster-harness.js';
import type { Report } from '../cases.js';
import { ApiServer } from './api-server.js';
import { applyDefinitions } from './definitions-case.js';
import { checkHelm } from './helm-case.js';
import { checkOutages } from './outage-case.js';
import { checkRights, rulesOfChart } from './rights-case.js';
import { checkRules } from './rules-case.js';

const { values } = parseArgs({
  options: { cache: { type: 'string', default: '/var/cache/serabut-lab' }, away: { type: 'string', default: '0' } },
});

const anything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopping.abort(new Error(`the run was ended by ${signal}`)));

t.on('complete', () => console.log(`${t.counts.pass} passed, ${t.counts.fail} failed`));

const binaries = join(resolve(values.cache), 'bin');
const missing = ['etcd', 'kube-apiserver'].filter((name) => !existsSync(join(binaries, name)));
if (missing.length > 0) {
  t.fail(`${binaries} has no ${missing.join(' and no ')}: npm run test:cluster builds and keeps them`);
} else {
  const rules = rulesOfChart(binaries);
  if (rules === undefined) t.comment(`${binaries} has no helm: the server's account may do anything here`);
  const api = new ApiServer(binaries, stopping.signal, rules ?? anything);
  t.setTimeout(0);
  t.teardown(() => api.stop());
  await api.start();
  await run(api);
}

async function run(api: ApiServer): Promise<void> {
  const reported = (title: string, check: (report: Report) => Promise<void>) =>
    t.test(title, { timeout: 0 }, async (t) =>
      check((name, ok, detail = '') => t.ok(ok, `${name}${detail === '' ? '' : `: ${detail}`}`)),
    );
  await reported('definitions', (report) => applyDefinitions(api, report));
  await reported('rules', (report) => checkRules(api, report));
  if (api.rules !== anything) {
    await reported('rights', (report) => checkRights(api, report));
    await reported('helm', (report) => checkHelm(api, report));
  }
  await reported('outages', (report) => checkOutages(api, report, Number(values.away)));
  let count = 0;
  await t.test('conformance', { timeout: 0 }, async (t) =>
    conformance(t, 'cluster', async (t) => {
      const namespace = await api.makeNamespace(`store-${++count}`);
      return clusterHarness(t, api.clientOptions('serabut', namespace), api.clientOptions('admin', namespace));
    }),
  );
}
