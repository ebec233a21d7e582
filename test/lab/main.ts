import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Lab, startLab } from './boot-server.js';
import { checkCaptures } from './captures/case.js';
import { type CaseOptions, installByUefi, mini, netinst, type Report, startByBios } from './cases.js';
import { claimLab } from './claim.js';
import { checkDashboard } from './dashboard.js';
import { checkDoctor } from './doctor.js';
import { prepareHost } from './host.js';
import { furtherIsos, ownMirror, prepareMaterial } from './material.js';
import { hosts, removeNetwork } from './network.js';
import { checkOffers } from './offers.js';
import { checkSimulate } from './simulate.js';
import { fedora, live, startSystem, ubuntu } from './systems.js';

/** The cases, in the order in which they run. */
const cases = [
  'offers',
  'simulate',
  'doctor',
  'captures',
  'bios',
  'live',
  'fedora',
  'ubuntu',
  'netinst',
  'dashboard',
  'install',
] as const;

/** Those that need no virtual machine. */
const packetCases = { offers: checkOffers, simulate: checkSimulate, doctor: checkDoctor, captures: checkCaptures };

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [...cases] },
    state: { type: 'string', default: '/var/tmp/serabut-lab' },
    memory: { type: 'string', default: '1024' },
    timeout: { type: 'string', default: '3300' },
    // An emulated processor goes everywhere; /dev/kvm may be there and still start no BIOS.
    accel: { type: 'string', default: 'tcg,thread=multi' },
    keep: { type: 'boolean', default: false },
  },
});

let [passed, failed] = [0, 0];
const report: Report = (name, ok, detail = '') => {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'not ok'} - ${name}${detail === '' ? '' : `: ${detail}`}`);
};

/** Breaks the run off: what waits then fails, and what was started is ended on the way out. A second signal only ends it. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) void removeNetwork().finally(() => process.exit(130));
    stopping.abort(new Error(`the run was ended by ${signal}`));
  });
}

try {
  const unknown = values.only.filter((name) => !(cases as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`--only knows ${cases.join(', ')}, not ${unknown.join(', ')}`);
  prepareHost();
  await claimLab();
  await runCases().finally(removeNetwork);
} catch (error) {
  report('the lab runs', false, error instanceof Error ? error.message : String(error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function runCases(): Promise<void> {
  for (const [name, check] of Object.entries(packetCases)) {
    if (values.only.includes(name)) await check(report, stopping.signal);
    stopping.signal.throwIfAborted();
  }
  if (values.only.some((name) => !(name in packetCases))) await runMachines();
}

async function runMachines(): Promise<void> {
  const directory = resolve(values.state);
  mkdirSync(directory, { recursive: true });
  const mirror = ownMirror();
  console.log('# making the ISOs');
  const wanted = values.only.includes('dashboard') ? [...values.only, 'netinst'] : values.only;
  const isos = furtherIsos.filter((name) => wanted.includes(name));
  const installer = prepareMaterial(directory, mirror, isos);
  stopping.signal.throwIfAborted();
  const lab = await startLab(directory, installer, mirror);
  const failedBefore = failed;
  try {
    await startMachines(lab);
  } finally {
    if (failed > failedBefore) showLogs(lab);
    if (values.keep && !stopping.signal.aborted) await untilStopped(lab);
    await lab.stop();
  }
}

/** One machine at a time: on few processors two would only wait for each other. */
async function startMachines(lab: Lab): Promise<void> {
  const machines = [
    { name: 'bios', run: startByBios },
    { name: 'live', run: startSystem(live) },
    { name: 'fedora', run: startSystem(fedora) },
    { name: 'ubuntu', run: startSystem(ubuntu) },
    { name: 'netinst', run: installByUefi(netinst) },
    { name: 'dashboard', run: checkDashboard },
    { name: 'install', run: installByUefi(mini) },
  ].filter(({ name }) => values.only.includes(name));
  for (const { name, run } of machines) {
    stopping.signal.throwIfAborted();
    console.log(`# ${name}`);
    const options: CaseOptions = {
      memory: Number(values.memory),
      accel: values.accel,
      timeout: Number(values.timeout),
      keep: values.keep && name === machines.at(-1)?.name,
      stopping: stopping.signal,
    };
    await run(lab, options, report);
  }
}

function showLogs({ directory, serabut, syslog }: Lab): void {
  for (const { logPath, lines } of [serabut, syslog]) {
    console.log(`# ${logPath} ends with`);
    for (const { text } of lines.slice(-10)) console.log(`#   ${text.slice(0, 300)}`);
  }
  console.log(`# logs: ${join(directory, 'logs')}, consoles: ${join(directory, '*.console')}`);
}

async function untilStopped({ directory }: Lab): Promise<void> {
  console.log(`# Everything goes on running until Ctrl-C. Console: tail -f ${join(directory, '*.console')}`);
  console.log(`# A shell on the boot server: ip netns exec ${hosts.boot} bash`);
  const busy = setInterval(() => {}, 60_000);
  await once(stopping.signal, 'abort');
  clearInterval(busy);
}
