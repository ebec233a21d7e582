import { setTimeout as sleep } from 'node:timers/promises';
import type { SerabutError } from '../../../core/errors.js';
import { installationName } from '../../../core/resources/installation.js';
import type { Store, Stored } from '../../../core/resources/store.js';
import { specOfInstallation, statusOfInstallation } from '../../core/resources/store-conformance.js';
import { clusterStore } from '../../helpers/cluster-harness.js';
import type { Report } from '../cases.js';
import { comesTrue, until } from '../cluster/until.js';
import type { ApiServer } from './api-server.js';
import { Wire } from './wire.js';

const namespace = 'outage';
const machines = Array.from({ length: 20 }, (_, index) => `m${index + 1}`);
const objects = `/apis/serabut.io/v1alpha1/namespaces/${namespace}`;

/** What happens to the API server while the machines live. Each time every machine is installed once more. */
const interruptions: Readonly<Record<string, (api: ApiServer, wire: Wire) => Promise<void>>> = {
  'nothing happens': async () => {},
  'the connections are cut, again and again': async (_, wire) => {
    for (let count = 0; count < 10; count++) {
      wire.cut();
      await sleep(150);
    }
  },
  'the API server is killed, and started again': async (api) => {
    await api.killApi();
    await sleep(2000);
    await api.startApi();
  },
  'its history is compacted, and the connections are cut': async (api, wire) => {
    await api.compact();
    wire.cut();
  },
  'it is killed, and its history compacted before it starts again': async (api) => {
    await api.killApi();
    await api.compact();
    await sleep(1000);
    await api.startApi();
  },
};

/** A scripted life of machines, during which the API server is away, cut off and forgetful: the end is the same. */
export async function checkOutages(api: ApiServer, report: Report): Promise<void> {
  await api.makeNamespace(namespace);
  const wire = await Wire.to(api.port);
  const options = { ...api.clientOptions('serabut', namespace), server: `https://127.0.0.1:${wire.port}` };
  const log: string[] = [];
  const store = await clusterStore(options, (message) => log.push(message));
  try {
    await store.start();
    const titles = Object.keys(interruptions);
    const lives = Promise.all(machines.map((name) => live(store, name, titles.length)));
    for (const [index, title] of titles.entries()) await interrupt({ api, wire, store, report }, title, index + 1);
    await lives;
    report('every machine has lived its life', true, `${log.length} lines were logged`);
    await compareEnds(api, store, titles.length, report);
  } finally {
    await store.close();
    wire.stop();
  }
}

interface Scene {
  readonly api: ApiServer;
  readonly wire: Wire;
  readonly store: Store;
  readonly report: Report;
}

/** Raises all generations, lets something happen meanwhile, and waits until all machines have been installed. */
async function interrupt({ api, wire, store, report }: Scene, title: string, generation: number): Promise<void> {
  const person = async (method: string, path: string, body?: object): Promise<void> => {
    const { status, body: answer } = await api.ask('admin', method, `${objects}/machines${path}`, body, method === 'PATCH' ? 'application/merge-patch+json' : undefined); // biome-ignore format: one line
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${answer.message}`);
  };
  const make = (name: string, serial: string) => person('POST', '', { apiVersion: 'serabut.io/v1alpha1', kind: 'Machine', metadata: { name }, spec: { serial } }); // biome-ignore format: one line
  if (generation === 1) for (const name of machines) await make(name, name);
  await make(`passing-${generation}`, 'passing');
  const passing = async () => store.get('Machine', `passing-${generation}`) !== undefined;
  await until('passing machine', passing, { seconds: 30, stopping: api.stopping });
  for (const name of machines)
    await person('PATCH', `/${name}`, { spec: { bootProfile: 'web', install: { generation } } });
  const happening = interruptions[title]?.(api, wire);
  // It is deleted while nobody may be listening.
  await sleep(50);
  await happening;
  await person('DELETE', `/passing-${generation}`);
  if (/compacted/.test(title)) await api.compact();
  wire.cut();
  const isOver = async () =>
    store.get('Machine', `passing-${generation}`) === undefined &&
    machines.every((name) => store.get('Machine', name)?.status.installedGeneration === generation);
  const before = await lists(api);
  const ok = await comesTrue(isOver, { seconds: 60, stopping: api.stopping });
  report(`${title}: all machines are installed, and the one that has gone is not there`, ok);
  const made = await lists(api);
  // The rest of the history is to be had after a cut, and not from an API server that has just started.
  if (/cut, again/.test(title)) report('for that it read on where it was', made === before, `${made - before} lists`);
  if (/killed/.test(title)) report('for that it had to list again', made > 0, `${made} lists`);
}

/** How many lists of Machines were asked for since the API server has started. */
async function lists(api: ApiServer): Promise<number> {
  const { body } = await api.ask('admin', 'GET', '/metrics');
  const lines = String(body).match(/^apiserver_request_total\{.*resource="machines".*verb="LIST".*\} \d+$/gm) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What a server does for one machine: all of it again and again until it is durable. */
async function live(store: Store, name: string, generations: number): Promise<void> {
  for (let generation = 1; generation <= generations; generation++) {
    const installation = installationName(name, generation);
    const machine = () => store.get('Machine', name);
    while ((machine()?.spec.install.generation ?? 0) < generation) await sleep(20);
    await durably(async () => {
      if (store.get('Installation', installation) !== undefined) return;
      const spec = specOfInstallation({ machine: name, generation });
      await store.create('Installation', installation, spec, statusOfInstallation({ phase: 'Installing', attempt: 1 }));
    });
    await durably(() => write(store, machine(), { phase: 'Installing', generation, installation }));
    for (let step = 1; step <= 5; step++) {
      await sleep(50);
      const progress = { progress: `step ${step}`, phase: step === 5 ? 'Installed' : 'Installing' } as const;
      await durably(() => write(store, store.get('Installation', installation), progress));
    }
    await durably(() => write(store, machine(), { phase: 'Installed', installedGeneration: generation }));
  }
}

async function write(store: Store, object: Stored | undefined, change: object): Promise<void> {
  if (object === undefined) throw Object.assign(new Error('not seen yet'), { code: 'SERABUT_ERR_CONFLICT' });
  await store.writeStatus(object, { ...object.status, ...change } as never);
}

async function durably(step: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      const { code } = error as SerabutError;
      if (code !== 'SERABUT_ERR_CONFLICT' && code !== 'SERABUT_ERR_STORE') throw error;
      await sleep(30);
    }
  }
}

/** What the store has, what the API server has and what a life without trouble ends in are the same. */
async function compareEnds(api: ApiServer, store: Store, last: number, report: Report): Promise<void> {
  const wanted = [
    ...machines.map((name) => `${name} Installed ${last} ${last} ${name}-${last}`),
    ...machines.flatMap((name) =>
      Array.from({ length: last }, (_, index) => `${name}-${index + 1} Installed 1 step 5`),
    ),
  ].sort();
  const inStore = [...store.all('Machine'), ...store.all('Installation')].map(summary).sort();
  const lists = await Promise.all(['machines', 'installations'].map((kind) => api.ask('admin', 'GET', `${objects}/${kind}`))); // biome-ignore format: one line
  const items = lists.flatMap(
    ({ body }) => body.items as { kind: string; metadata: { name: string }; status: object }[],
  );
  const inApi = items.map(({ kind, metadata: { name }, status }) => summary({ kind, name, status } as Stored)).sort();
  report('the store has what a life without trouble ends in', String(inStore) === String(wanted), difference(inStore, wanted)); // biome-ignore format: one line
  report('so has the API server', String(inApi) === String(wanted), difference(inApi, wanted));
}

function summary({ kind, name, status }: Stored): string {
  if (kind === 'Installation') {
    const { phase, attempt, progress } = status as Stored<'Installation'>['status'];
    return `${name} ${phase} ${attempt} ${progress}`;
  }
  const { phase, generation, installedGeneration, installation } = status as Stored<'Machine'>['status'];
  return `${name} ${phase} ${generation} ${installedGeneration} ${installation}`;
}

function difference(one: readonly string[], other: readonly string[]): string {
  const lone = [...one.filter((text) => !other.includes(text)), ...other.filter((text) => !one.includes(text))];
  return lone.length === 0 ? `${one.length} objects` : lone.slice(0, 10).join('; ');
}
