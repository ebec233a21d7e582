import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.js';
import type { DirectoryWorld } from './directory-world.js';
import { History, summaryOf } from './kept.js';
import { endOf, isOfPlan, type Plan, planLives } from './plan.js';
import { Finding, live } from './script.js';
import type { Tally } from './world.js';

/** How long the server may take for what it does by itself, after the last machine has lived its life, in milliseconds. */
const settleMs = 60_000;

/** What differs in the end from what the lives of the machines come to when nothing goes wrong. */
export async function unlikePlans(world: DirectoryWorld, plans: readonly Plan[]): Promise<string[]> {
  const wanted = plans.flatMap(endOf).sort();
  let now: string[] = [];
  for (const last = Date.now() + settleMs; Date.now() < last && String(now) !== String(wanted); await sleep(250)) {
    now = (await world.all()).map(summaryOf).sort();
  }
  return [
    ...now.filter((text) => !wanted.includes(text)).map((text) => `in the end there is: ${text}`),
    ...wanted.filter((text) => !now.includes(text)).map((text) => `in the end there is not: ${text}`),
  ];
}

/** What came of a life in which something went wrong again and again. */
export interface Lived extends Tally {
  faults: number;
  readonly findings: string[];
}

/**
 * Lets twenty machines live by the script while `fault` goes wrong, and is over, again and again. What is kept is looked
 * at after each time, and compared in the end; nobody starts the server again.
 */
export async function liveThrough(
  world: DirectoryWorld,
  seed: number,
  generations: number,
  fault: (random: Random) => Promise<void>,
): Promise<Lived> {
  const lived: Lived = { faults: 0, findings: [], scripts: 0, reports: 0, unanswered: 0 };
  const found = (...texts: string[]): void => void lived.findings.push(...texts.slice(0, 10));
  const [history, random] = [new History(), new Random(seed)];
  const plans = planLives(seed, generations);
  await world.server.ready;
  let isOver = false;
  const over = Promise.all(plans.map((plan) => live(plan, world, lived, seed)))
    .then(
      () => {},
      (error) => found(error instanceof Finding ? error.message : String((error as Error).stack)),
    )
    .finally(() => {
      isOver = true;
    });
  for (; !isOver || lived.faults === 0; lived.faults += 1) {
    await fault(random);
    found(...history.look((await world.all()).filter(isOfPlan(plans))));
  }
  await over;
  if (lived.findings.length === 0) found(...(await unlikePlans(world, plans)));
  found(...world.temporaryFiles().map((file) => `${file} is left`));
  world.stop();
  return lived;
}
