import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startLab } from './boot-server.js';
import { type CaseOptions, installByUefi, type Report, startByBios } from './cases.js';
import { prepareHost } from './host.js';
import { ownMirror, prepareInstaller } from './material.js';
import { removeNetwork } from './network.js';
import { checkOffers } from './offers.js';

const cases = ['offers', 'bios', 'install'] as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [...cases] },
    state: { type: 'string', default: '/var/tmp/serabut-test-lab' },
    memory: { type: 'string', default: '1024' },
    timeout: { type: 'string', default: '3300' },
  },
});

let [passed, failed] = [0, 0];
const report: Report = (name, ok, detail = '') => {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'not ok'} - ${name}${detail === '' ? '' : `: ${detail}`}`);
};

/** Ends with what was started, also when the run is broken off. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void removeNetwork().finally(() => process.exit(130)));
}

try {
  const unknown = values.only.filter((name) => !(cases as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`--only knows ${cases.join(', ')}, not ${unknown.join(', ')}`);
  prepareHost();
  if (values.only.includes('offers')) await checkOffers(report);
  if (values.only.some((name) => name !== 'offers')) await runMachines();
} catch (error) {
  report('the lab runs', false, error instanceof Error ? error.message : String(error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function runMachines(): Promise<void> {
  const directory = resolve(values.state);
  mkdirSync(directory, { recursive: true });
  const mirror = ownMirror();
  console.log('# preparing the installer');
  const installer = prepareInstaller(directory, mirror);
  const lab = await startLab(directory, installer, mirror);
  const options: CaseOptions = { memory: Number(values.memory), timeout: Number(values.timeout) };
  const failedBefore = failed;
  try {
    if (values.only.includes('bios')) await startByBios(lab, options, report);
    if (values.only.includes('install')) await installByUefi(lab, options, report);
  } finally {
    await lab.stop();
  }
  if (failed > failedBefore)
    console.log(`# logs: ${join(directory, 'logs')}, consoles: ${join(directory, '*.console')}`);
}
