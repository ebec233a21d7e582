/**
 * A process that lives the life of twenty machines on the data directory that is its first argument, until it is killed.
 * Each write stands in its output before it begins, and again when it is acknowledged. Half of the machines stand in a
 * file; the server makes the others. What it finds at the start it goes on with.
 */
import { writeSync } from 'node:fs';
import { checkAndFill } from '../../core/check.js';
import { DirectoryStore } from '../../core/resources/directory/directory-store.js';
import { type InstallationStatus, installationName, installationStatus } from '../../core/resources/installation.js';
import { type MachineSpec, type MachineStatus, machineSpec, machineStatus } from '../../core/resources/machine.js';
import type { Stored } from '../../core/resources/store.js';
import { Random } from '../fuzz/random.js';
import { digestOf, type Entry, gone, seen } from './kill-journal.js';
import { machineNames } from './kill-machines.js';

const [, , data = '', seed = '0'] = process.argv;
const random = new Random(Number(seed));
const store = new DirectoryStore(data, { log: () => {} });
let writes = 0;

function say(entry: Entry): void {
  writeSync(1, `${JSON.stringify(entry)}\n`);
}

/** One write, said before and after. */
async function write(key: string, digest: string, task: () => Promise<Stored | undefined>): Promise<void> {
  writes += 1;
  const begins = writes;
  say({ begins, key, digest });
  const { version } = seen(await task());
  say({ done: begins, version });
}

function writeStatus<K extends 'Machine' | 'Installation'>(
  object: Stored<K>,
  status: Stored<K>['status'],
): Promise<void> {
  const digest = digestOf(object.spec, status);
  return write(`${object.kind}/${object.name}`, digest, () => store.writeStatus(object, status) as Promise<Stored>);
}

function remove(object: Stored): Promise<void> {
  return write(`${object.kind}/${object.name}`, gone.digest, async () => void (await store.remove(object)));
}

async function create(name: string): Promise<void> {
  const spec = checkAndFill<MachineSpec>(machineSpec, { serial: name }).value;
  const status = checkAndFill<MachineStatus>(machineStatus, { discovered: true, phase: 'Discovered' }).value;
  await write(`Machine/${name}`, digestOf(spec, status), () => store.create('Machine', name, spec, status));
}

/** Begins the next generation: first its Installation, then what the Machine knows of it, as the server does. */
async function begin(machine: Stored<'Machine'>): Promise<void> {
  const generation = machine.status.generation + 1;
  const name = installationName(machine.name, generation);
  if (store.get('Installation', name) === undefined) {
    const budget = { attempts: 3, deadlineMinutes: 120, stalledMinutes: 30 };
    const spec = { machine: machine.name, bootProfile: 'web', generation, ...budget };
    const status = checkAndFill<InstallationStatus>(installationStatus, {}).value;
    await write(`Installation/${name}`, digestOf(spec, status), () => store.create('Installation', name, spec, status));
  }
  await writeStatus(machine, { ...machine.status, generation, installation: name, phase: 'Installing' });
}

/** One step of an attempt: it begins, goes on, fails or ends well. */
async function install(installation: Stored<'Installation'>): Promise<void> {
  const { status, spec } = installation;
  const time = new Date(1_700_000_000_000 + writes).toISOString();
  if (status.phase === 'Pending') {
    const started = { attempt: status.attempt + 1, attemptStarted: time, tokenHash: digestOf(writes) };
    return writeStatus(installation, { ...status, ...started, phase: 'Installing' });
  }
  const text = 'x'.repeat(random.below(200));
  if (random.oneIn(2)) return writeStatus(installation, { ...status, lastHeard: time, progress: text });
  if (random.oneIn(2)) return writeStatus(installation, { ...status, phase: 'Installed', tokenHash: null });
  const failures = [...status.failures, { attempt: status.attempt, time, reason: 'Reported', message: text }];
  const phase = status.attempt < spec.attempts ? 'Pending' : 'Failed';
  return writeStatus(installation, { ...status, failures, phase, tokenHash: null });
}

/** What the Machine keeps of an Installation that is over; old ones are forgotten. */
async function finish(machine: Stored<'Machine'>, { status, spec }: Stored<'Installation'>): Promise<void> {
  const entry = { time: new Date(1_700_000_000_000 + writes).toISOString(), stage: status.phase, message: 'over' };
  const timeline = [...machine.status.timeline, entry].slice(-50);
  const phase = status.phase === 'Failed' ? 'Failed' : 'Installed';
  await writeStatus(machine, { ...machine.status, phase, installedGeneration: spec.generation, timeline });
  const old = store.get('Installation', installationName(machine.name, spec.generation - 2));
  if (old !== undefined) await remove(old);
}

async function step(name: string): Promise<void> {
  const machine = store.get('Machine', name);
  if (machine === undefined) return create(name);
  const installation = store.get('Installation', machine.status.installation ?? 'none');
  if (installation?.status.phase === 'Pending' || installation?.status.phase === 'Installing') {
    return install(installation);
  }
  if (installation !== undefined && machine.status.phase === 'Installing') return finish(machine, installation);
  if (machine.status.discovered && random.oneIn(20)) return forget(machine);
  if (!machine.status.discovered || random.oneIn(2)) return begin(machine);
  const spec = { ...machine.spec, hostname: `h${writes}` };
  await write(`Machine/${name}`, digestOf(spec, machine.status), () => store.writeSpec(machine, spec));
}

/** Its Installations first, or they would be taken for those of the machine that comes in its place. */
async function forget(machine: Stored<'Machine'>): Promise<void> {
  for (const installation of store.all('Installation')) {
    if (installation.spec.machine === machine.name) await remove(installation);
  }
  await remove(machine);
}

async function measureImage(): Promise<void> {
  const status = { conditions: [], bytes: random.uint32() };
  await write('Image/image', digestOf(status), async () => void (await store.applyStatus('Image', 'image', status)));
}

process.send?.('starts');
await store.start();
process.send?.('lives');
const always = async (task: () => Promise<void>): Promise<never> => {
  for (;;) await task();
};
await Promise.all([...machineNames.map((name) => always(() => step(name))), always(measureImage)]);
