import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { History, summaryOf } from '../../faults/kept.js';
import { endOf, isOfPlan, type Plan, planLives } from '../../faults/plan.js';
import { live } from '../../faults/script.js';
import { askOnce, type Tally } from '../../faults/world.js';
import type { Report } from '../cases.js';
import { comesTrue } from '../cluster/until.js';
import type { ApiServer } from './api-server.js';
import { ClusterWorld } from './cluster-world.js';
import { Wire } from './wire.js';

const generations = 5;
const agent = new Agent();

/** What is given back happens after a Machine was deleted. */
type Interruption = (api: ApiServer, wire: Wire, serves: () => Promise<void>) => Promise<void | (() => Promise<void>)>;

/** What happens to the API server while the machines live. */
const short: Readonly<Record<string, Interruption>> = {
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
    return () => api.compact();
  },
  // The second start is one after the deletion: an API server has in memory what happened since its start.
  'it is killed twice, and its history compacted before it is back': async (api, wire) => {
    const restart = async () => {
      await api.killApi();
      await api.compact();
      await api.startApi();
    };
    wire.part();
    await restart();
    return async () => {
      await restart();
      wire.join();
    };
  },
};

/** Away for so long, and back as it was; meanwhile it is looked at what is served. */
function away(seconds: number): Interruption {
  return async (api, _, serves) => {
    await api.killApi();
    await sleep(seconds * 500);
    await serves();
    await sleep(seconds * 500);
    await api.startApi();
  };
}

/**
 * The same life of twenty machines, first in peace, then with an API server that is cut off and forgetful, and away: for
 * seconds each time, and at first for as many as are given.
 */
export async function checkOutages(api: ApiServer, report: Report, seconds: number): Promise<void> {
  const seed = Date.now() % 2 ** 32;
  report(`the seed is ${seed}`, true);
  const long = seconds === 0 ? {} : { [`it is away for ${seconds} s`]: away(seconds) };
  await oneLife(api, { namespace: 'peace', interruptions: {} }, seed, report);
  await oneLife(api, { namespace: 'outage', interruptions: { ...long, ...short } }, seed, report);
}

interface Happenings {
  readonly namespace: 'peace' | 'outage';
  readonly interruptions: Readonly<Record<string, Interruption>>;
}

async function oneLife(
  api: ApiServer,
  { namespace, interruptions }: Happenings,
  seed: number,
  report: Report,
): Promise<void> {
  const wire = await Wire.to(api.port);
  const world = await ClusterWorld.make(api, namespace, wire.port);
  const tally: Tally = { scripts: 0, reports: 0, unanswered: 0 };
  const plans = planLives(seed, generations);
  try {
    await world.server.ready;
    let isOver = false;
    const lives = Promise.all(plans.map((plan) => live(plan, world, tally, seed))).finally(() => {
      isOver = true;
    });
    const ended = lives.then(() => 'every machine has lived its life', String);
    const scene = { api, wire, world, report, plans, history: new History() };
    for (let round = 0; namespace === 'outage' && (!isOver || round === 0); round += 1) {
      for (const [title, happens] of Object.entries(interruptions))
        if (round === 0 || title in short) await interrupt(scene, title, happens);
    }
    const how = await ended;
    const counts = `${tally.scripts} scripts, ${tally.reports} reports, ${tally.unanswered} requests repeated`;
    report(
      `${namespace}: every machine has lived its life`,
      how === 'every machine has lived its life',
      `${how}; ${counts}`,
    );
    await compareEnds(scene, plans.flatMap(endOf).sort());
  } finally {
    wire.stop();
    await world.server.kill();
  }
}

interface Scene {
  readonly api: ApiServer;
  readonly wire: Wire;
  readonly world: ClusterWorld;
  readonly report: Report;
  readonly plans: readonly Plan[];
  readonly history: History;
}

/** How many Machines were made to be deleted. */
let passing = 0;

/** Lets something happen to the API server. A Machine that is deleted while nobody may be listening has to be forgotten. */
async function interrupt(
  { api, wire, world, report, plans, history }: Scene,
  title: string,
  happens: Interruption,
): Promise<void> {
  passing += 1;
  const serial = `passing-${passing}`;
  const isKnown = async () => {
    const url = `${await world.url()}/boot?serial=${serial}&product=lab`;
    const answer = await askOnce(url, { agent, method: 'GET' }).catch(() => undefined);
    return answer?.status === 200 ? /It boots its disk/.test(answer.body) : undefined;
  };
  const patience = { seconds: 60, stopping: api.stopping };
  await world.makeIdle(serial, serial);
  await comesTrue(async () => (await isKnown()) === true, patience);
  const serves = async () => {
    report(`${title}: meanwhile a machine with a disk boots it`, (await isKnown()) === true);
    const { status } = await askOnce(`${await world.url()}/readyz`, { agent, method: 'GET' });
    report('and the server says that it is ready', status === 200, String(status));
  };
  const happening = happens(api, wire, serves);
  // It is deleted while nobody may be listening.
  await sleep(50);
  const afterwards = await happening;
  await world.remove(serial);
  const before = await lists(api);
  await afterwards?.();
  wire.cut();
  const ok = await comesTrue(async () => (await isKnown()) === false, patience);
  report(`${title}: the server goes on, and the Machine that has gone is forgotten`, ok);
  const made = await lists(api);
  // The rest of the history is to be had after a cut; after a start it may be or not, and after a compaction it is not.
  if (/cut, again/.test(title)) report('for that it read on where it was', made === before, `${made - before} lists`);
  if (/killed.*compacted/.test(title)) report('for that it had to list again', made > 0, `${made} lists`);
  const found = history.look((await world.all()).filter(isOfPlan(plans)));
  report('what is kept could have become of what was', found.length === 0, found.join('; '));
}

/** How many lists of Machines were asked for since the API server has started. */
async function lists(api: ApiServer): Promise<number> {
  const { body } = await api.ask('admin', 'GET', '/metrics');
  const lines = String(body).match(/^apiserver_request_total\{.*resource="machines".*verb="LIST".*\} \d+$/gm) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What is kept in the end is what the lives of the machines come to when nothing happens to the API server. */
async function compareEnds({ api, world, report }: Scene, wanted: readonly string[]): Promise<void> {
  let now: string[] = [];
  const isSo = async () => {
    now = (await world.all()).map(summaryOf).sort();
    return String(now) === String(wanted);
  };
  const ok = await comesTrue(isSo, { seconds: 60, stopping: api.stopping });
  const odd = [...now.filter((text) => !wanted.includes(text)), ...wanted.filter((text) => !now.includes(text))];
  report(
    'the end is what a life without trouble ends in',
    ok,
    ok ? `${now.length} objects` : odd.slice(0, 10).join('; '),
  );
  report('the server could read all', world.server.complaints.length === 0, world.server.complaints.join('; '));
}
