import type { Test } from 'tap';
import { checkAndFill } from '../../../core/check.js';
import type { SerabutError } from '../../../core/errors.js';
import { type InstallationStatus, installationStatus } from '../../../core/resources/installation.js';
import type { Kind, Specs } from '../../../core/resources/kinds.js';
import { type MachineSpec, type MachineStatus, machineSpec, machineStatus } from '../../../core/resources/machine.js';
import type { Store, Stored } from '../../../core/resources/store.js';

/** A place with a store on it, and a person who has access to the place but not to the store. */
export interface Harness {
  /** Started; another one after each restart. */
  readonly store: Store;
  /** Makes or replaces a resource as a person does. The store sees it some time later. */
  apply(kind: Kind, name: string, spec: object): Promise<void>;
  /** Takes a resource away as a person does. */
  delete(kind: Kind, name: string): Promise<void>;
  /** Ends the store, and starts another one on the same place. */
  restart(): Promise<void>;
  /** Whether `writeSpec` may change a Machine that a person made. */
  readonly writesSpecsOfPeople: boolean;
}

/** A new place, which is gone when the test ends. */
export type MakeHarness = (t: Test) => Promise<Harness>;

/** Resolves as soon as the condition holds, at once or after a change that the store tells of. */
export function until(store: Store, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve();
    };
    store.onObject(look);
    store.onSnapshot(look);
    look();
  });
}

export function statusOfMachine(some: Partial<MachineStatus> = {}): MachineStatus {
  return checkAndFill<MachineStatus>(machineStatus, some).value;
}

export function statusOfInstallation(some: Partial<InstallationStatus> = {}): InstallationStatus {
  return checkAndFill<InstallationStatus>(installationStatus, some).value;
}

export function specOfMachine(some: object = {}): MachineSpec {
  return checkAndFill<MachineSpec>(machineSpec, some).value;
}

export function specOfInstallation(some: Partial<Specs['Installation']> = {}): Specs['Installation'] {
  const budget = { attempts: 3, deadlineMinutes: 120, stalledMinutes: 30 };
  return { machine: 'm', bootProfile: 'web', generation: 1, ...budget, ...some };
}

const mac = '52:54:00:00:00:01';
const readyCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Found',
  message: 'all of it',
  lastTransitionTime: '2026-01-02T03:04:05.006Z',
} as const;

/** The code of the error with which a promise is rejected; `none` when it is not. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: SerabutError) => error.code,
  );

/** A Machine that a person made, as soon as the store knows it. */
async function personsMachine({ store, apply }: Harness, name: string, spec: object): Promise<Stored<'Machine'>> {
  await apply('Machine', name, spec);
  const generation = (spec as { install?: { generation: number } }).install?.generation ?? 0;
  await until(store, () => store.get('Machine', name)?.spec.install.generation === generation);
  return store.get('Machine', name) as Stored<'Machine'>;
}

/** What every store does, whatever it keeps things in. */
export function conformance(t: Test, name: string, make: MakeHarness): void {
  const test = (title: string, check: (t: Test, harness: Harness) => Promise<void>): void => {
    t.test(`${name}: ${title}`, async (t) => check(t, await make(t)));
  };

  test('a Machine of a person has the defaults of its spec and its status', async (t, harness) => {
    const machine = await personsMachine(harness, 'a', { macs: [mac] });
    t.strictSame(machine.spec, specOfMachine({ macs: [mac] }));
    t.strictSame(machine.status, statusOfMachine());
    t.strictSame([...harness.store.all('Machine')], [machine]);
    t.equal(machine.kind, 'Machine');
    t.equal(machine.name, 'a');
    t.not(machine.where, '');
    t.strictSame(harness.store.errors, []);
  });

  test('what is created is there when the promise resolves', async (t, { store }) => {
    t.equal(store.get('Installation', 'm-1'), undefined);
    const status = statusOfInstallation({ phase: 'Installing', attempt: 1 });
    const made = await store.create('Installation', 'm-1', specOfInstallation(), status);
    t.equal(store.get('Installation', 'm-1'), made);
    t.strictSame([made.spec, made.status, made.name], [specOfInstallation(), status, 'm-1']);
    t.strictSame([...store.all('Installation')], [made]);
    t.strictSame([...store.all('Machine')], []);
  });

  test('of many that create one name, one succeeds and the others have a conflict', async (t, { store }) => {
    const create = (attempts: number) =>
      store.create('Installation', 'm-1', specOfInstallation({ attempts }), statusOfInstallation());
    const made = await Promise.allSettled([1, 2, 3, 4].map(create));
    const codes = await Promise.all([1, 2].map((attempts) => codeOf(create(attempts))));
    t.strictSame(codes, ['SERABUT_ERR_CONFLICT', 'SERABUT_ERR_CONFLICT']);
    const winners = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    t.strictSame(winners, [store.get('Installation', 'm-1')]);
  });

  test('a status is written over the present object alone', async (t, { store }) => {
    const first = await store.create('Installation', 'm-1', specOfInstallation(), statusOfInstallation());
    const second = await store.writeStatus(first, statusOfInstallation({ phase: 'Installing', attempt: 1 }));
    t.equal(store.get('Installation', 'm-1'), second);
    t.not(second.version, first.version);
    t.strictSame(second.spec, first.spec);
    t.equal(first.status.phase, 'Pending', 'what was read before is as it was');
    t.equal(await codeOf(store.writeStatus(first, statusOfInstallation({ phase: 'Failed' }))), 'SERABUT_ERR_CONFLICT');
    t.equal(store.get('Installation', 'm-1'), second);
    const third = await store.writeStatus(second, statusOfInstallation({ phase: 'Installed', attempt: 1 }));
    t.equal(third.status.phase, 'Installed');
  });

  test('of many that write one version at once, one succeeds', async (t, { store }) => {
    const first = await store.create('Installation', 'm-1', specOfInstallation(), statusOfInstallation());
    const write = (attempt: number) => store.writeStatus(first, statusOfInstallation({ attempt }));
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(write));
    const written = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    t.strictSame(written, [store.get('Installation', 'm-1')]);
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    t.strictSame(reasons, Array(4).fill('SERABUT_ERR_CONFLICT'));
  });

  test('many objects are written at once', async (t, { store }) => {
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    const live = async (generation: number): Promise<void> => {
      const spec = specOfInstallation({ generation });
      let object = await store.create('Installation', `m-${generation}`, spec, statusOfInstallation());
      for (const attempt of [1, 2, 3]) object = await store.writeStatus(object, statusOfInstallation({ attempt }));
    };
    await Promise.all(numbers.map(live));
    const all = [...store.all('Installation')].sort((a, b) => a.spec.generation - b.spec.generation);
    t.strictSame(
      all.map(({ name, spec, status }) => [name, spec.generation, status.attempt]),
      numbers.map((number) => [`m-${number}`, number, 3]),
    );
  });

  test('listeners are told of every change of an object in its order', async (t, { store }) => {
    const told: (string | undefined)[] = [];
    store.onObject((kind, name, object) => {
      if (kind !== 'Installation' || name !== 'm-1') return;
      t.equal(store.get('Installation', 'm-1'), object, 'the store has it already');
      told.push(object?.version);
    });
    const first = await store.create('Installation', 'm-1', specOfInstallation(), statusOfInstallation());
    const second = await store.writeStatus(first, statusOfInstallation({ attempt: 1 }));
    const third = await store.writeStatus(second, statusOfInstallation({ attempt: 2 }));
    await store.remove(third);
    t.strictSame(told, [first.version, second.version, third.version, undefined]);
  });

  test('what the caller does later to what it gave changes nothing', async (t, { store }) => {
    const status = statusOfInstallation();
    const made = await store.create('Installation', 'm-1', specOfInstallation(), status);
    status.conditions.push(readyCondition);
    t.strictSame(made.status.conditions, []);
    t.strictSame(store.get('Installation', 'm-1')?.status.conditions, []);
  });

  test('the spec of a Machine that the server made can be written, its status stays', async (t, { store }) => {
    const status = statusOfMachine({ phase: 'Discovered', discovered: true });
    const first = await store.create('Machine', 'x', specOfMachine({ macs: [mac] }), status);
    const spec = specOfMachine({ macs: [mac], bootProfile: 'web', install: { generation: 1 } });
    const second = await store.writeSpec(first, spec);
    t.strictSame([second.spec, second.status], [spec, status]);
    t.not(second.version, first.version);
    t.equal(store.get('Machine', 'x'), second);
    t.equal(await codeOf(store.writeSpec(first, spec)), 'SERABUT_ERR_CONFLICT');
    t.equal(await codeOf(store.writeStatus(first, status)), 'SERABUT_ERR_CONFLICT');
  });

  test('the spec of a Machine that a person made is written, or said to be read-only', async (t, harness) => {
    const machine = await personsMachine(harness, 'a', { macs: [mac] });
    const code = await codeOf(harness.store.writeSpec(machine, specOfMachine({ macs: [mac], hostname: 'b' })));
    t.equal(code, harness.writesSpecsOfPeople ? 'none' : 'SERABUT_ERR_READ_ONLY');
    const hostname = harness.store.get('Machine', 'a')?.spec.hostname;
    t.equal(hostname, harness.writesSpecsOfPeople ? 'b' : null);
  });

  test('what is removed is gone, and cannot be written to when it comes again', async (t, { store }) => {
    const first = await store.create('Installation', 'm-1', specOfInstallation(), statusOfInstallation());
    const second = await store.writeStatus(first, statusOfInstallation({ attempt: 1 }));
    t.equal(await codeOf(store.remove(first)), 'SERABUT_ERR_CONFLICT');
    await store.remove(second);
    t.equal(store.get('Installation', 'm-1'), undefined);
    t.strictSame([...store.all('Installation')], []);
    t.equal(await codeOf(store.remove(second)), 'SERABUT_ERR_CONFLICT');
    t.equal(await codeOf(store.writeStatus(second, statusOfInstallation())), 'SERABUT_ERR_CONFLICT');
    const again = await store.create('Installation', 'm-1', specOfInstallation(), statusOfInstallation());
    for (const old of [first, second]) {
      t.not(again.version, old.version);
      t.equal(await codeOf(store.writeStatus(old, statusOfInstallation({ attempt: 7 }))), 'SERABUT_ERR_CONFLICT');
    }
    t.equal(store.get('Installation', 'm-1'), again);
  });

  test('a person changes the spec: the status stays, and who read it before has a conflict', async (t, harness) => {
    const { store } = harness;
    const first = await personsMachine(harness, 'a', { macs: [mac] });
    const second = await store.writeStatus(first, statusOfMachine({ generation: 4, conditions: [readyCondition] }));
    const third = await personsMachine(harness, 'a', { macs: [mac], install: { generation: 5 } });
    t.strictSame(third.status, second.status);
    t.not(third.version, second.version);
    t.equal(await codeOf(store.writeStatus(second, statusOfMachine({ generation: 9 }))), 'SERABUT_ERR_CONFLICT');
    const fourth = await store.writeStatus(third, statusOfMachine({ generation: 5 }));
    t.strictSame([fourth.spec.install.generation, fourth.status.generation], [5, 5]);
  });

  test('a person takes a Machine away: it is gone, and listeners are told', async (t, harness) => {
    const { store } = harness;
    const machine = await personsMachine(harness, 'a', { macs: [mac] });
    await personsMachine(harness, 'b', { macs: ['52:54:00:00:00:02'] });
    const told: string[] = [];
    store.onObject((kind, name, object) => told.push(`${kind} ${name} ${object === undefined ? 'gone' : 'there'}`));
    await harness.delete('Machine', 'a');
    await until(store, () => store.get('Machine', 'a') === undefined);
    t.strictSame(told, ['Machine a gone']);
    t.equal(await codeOf(store.writeStatus(machine, statusOfMachine())), 'SERABUT_ERR_CONFLICT');
    t.strictSame(
      [...store.all('Machine')].map(({ name }) => name),
      ['b'],
    );
  });

  test('the snapshot follows what people write, and one that was taken stays as it was', async (t, harness) => {
    const { store } = harness;
    await harness.apply('MachineRule', 'r', { bootProfile: 'web' });
    await until(store, () => store.snapshot.get('MachineRule', 'r') !== undefined);
    const before = store.snapshot;
    t.equal(before.get('MachineRule', 'r')?.spec.priority, 0);
    await harness.apply('MachineRule', 'r', { bootProfile: 'web', priority: 3 });
    await harness.apply('MachineRule', 'q', { bootProfile: 'web' });
    await until(store, () => store.snapshot.list('MachineRule').length === 2);
    await until(store, () => store.snapshot.get('MachineRule', 'r')?.spec.priority === 3);
    await harness.delete('MachineRule', 'q');
    await until(store, () => store.snapshot.get('MachineRule', 'q') === undefined);
    t.equal(before.get('MachineRule', 'r')?.spec.priority, 0);
    t.equal(before.list('MachineRule').length, 1);
  });

  test('listeners get each new snapshot when the store has it', async (t, harness) => {
    const { store } = harness;
    const seen = new Promise<void>((resolve) => {
      store.onSnapshot((snapshot) => {
        t.equal(snapshot, store.snapshot);
        if (snapshot.get('MachineRule', 'r') !== undefined) resolve();
      });
    });
    await harness.apply('MachineRule', 'r', { bootProfile: 'web' });
    await seen;
  });

  test('Machines and Installations are not in the snapshot', async (t, harness) => {
    const { store } = harness;
    await personsMachine(harness, 'a', { macs: [mac] });
    await store.create('Installation', 'a-1', specOfInstallation({ machine: 'a' }), statusOfInstallation());
    await harness.apply('MachineRule', 'r', { bootProfile: 'web' });
    await until(store, () => store.snapshot.get('MachineRule', 'r') !== undefined);
    t.strictSame([store.snapshot.list('Machine'), store.snapshot.list('Installation')], [[], []]);
  });

  test('a resource of the snapshot has the status that was last applied', async (t, harness) => {
    const { store } = harness;
    await harness.apply('Image', 'i', { type: 'iso', path: 'i.iso' });
    await until(store, () => store.snapshot.get('Image', 'i') !== undefined);
    t.equal(store.statusOf('Image', 'i'), undefined);
    const [one, two] = [{ conditions: [] }, { conditions: [readyCondition], progress: 5 }];
    await store.applyStatus('Image', 'i', one);
    await store.applyStatus('Image', 'i', two);
    t.strictSame(store.statusOf('Image', 'i'), two);
    t.equal(store.statusOf('Distro', 'i'), undefined);
    t.equal(await codeOf(store.applyStatus('Image', 'none', one)), 'SERABUT_ERR_CONFLICT');
    await harness.restart();
    t.strictSame(harness.store.statusOf('Image', 'i'), two);
  });

  test('after a restart all is as it was', async (t, harness) => {
    const machine = await personsMachine(harness, 'a', { macs: [mac], install: { generation: 2 } });
    await harness.apply('MachineRule', 'r', { bootProfile: 'web' });
    const { store } = harness;
    await store.writeStatus(machine, statusOfMachine({ generation: 2, installation: 'a-2', phase: 'Installing' }));
    const made = await store.create(
      'Machine',
      'x',
      specOfMachine({ serial: 's' }),
      statusOfMachine({ discovered: true }),
    );
    await store.writeSpec(made, specOfMachine({ serial: 's', hostname: 'h' }));
    const installation = await store.create('Installation', 'a-2', specOfInstallation(), statusOfInstallation());
    await store.writeStatus(installation, statusOfInstallation({ attempt: 2, conditions: [readyCondition] }));
    const gone = await store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
    await store.remove(gone);
    const before = everything(store);
    await harness.restart();
    t.not(harness.store, store);
    await until(harness.store, () => harness.store.snapshot.get('MachineRule', 'r') !== undefined);
    t.strictSame(everything(harness.store), before);
    t.equal(before.length, 3);
  });

  test('after a restart it goes on with what was there', async (t, harness) => {
    const made = await harness.store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
    await harness.restart();
    const { store } = harness;
    const create = store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
    t.equal(await codeOf(create), 'SERABUT_ERR_CONFLICT');
    const present = store.get('Installation', 'a-1') as Stored<'Installation'>;
    const next = await store.writeStatus(present, statusOfInstallation({ attempt: 1 }));
    t.not(next.version, made.version);
    await store.remove(next);
    await harness.restart();
    t.equal(harness.store.get('Installation', 'a-1'), undefined);
  });

  test('nothing remains of a Machine that is there', async (t, harness) => {
    const machine = await personsMachine(harness, 'a', { macs: [mac] });
    await harness.store.writeStatus(machine, statusOfMachine({ generation: 1 }));
    await harness.store.create('Machine', 'x', specOfMachine({ serial: 's' }), statusOfMachine({ discovered: true }));
    t.strictSame(harness.store.remains, []);
    t.equal(harness.store.remains, harness.store.remains, 'the same list while nothing changes');
    await harness.restart();
    await until(harness.store, () => harness.store.get('Machine', 'a') !== undefined);
    t.strictSame(harness.store.remains, []);
  });

  test('what is told of something does no harm, whether it is there or not', async (t, { store }) => {
    for (const type of ['Normal', 'Warning'] as const) {
      t.doesNotThrow(() => store.tell('Machine', 'none', { type, reason: 'Tried', message: 'only a test' }));
    }
  });
}

/** Specs and statuses of all objects, by kind and name. */
function everything(store: Store): unknown[] {
  const all: Stored[] = [...store.all('Machine'), ...store.all('Installation')];
  return all
    .map(({ kind, name, spec, status }) => ({ kind, name, spec, status }))
    .sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
}
