import { installationName } from '../../core/resources/installation.js';
import { Random } from '../fuzz/random.js';

/** One attempt as its machine makes it. */
export interface PlannedAttempt {
  /** How often it asks for its script before it fetches the answer files; each time it gets another token. */
  readonly asks: number;
  /** How often its installer says how far it is. */
  readonly steps: number;
  /** `again`: it starts anew in the middle of it. */
  readonly end: 'done' | 'failed' | 'again';
}

export interface PlannedGeneration {
  readonly attempts: readonly PlannedAttempt[];
  /** How often the machine boots from the network when that is over. */
  readonly boots: number;
}

/** What a machine will do, whatever the server does. */
export interface Plan {
  readonly name: string;
  readonly mac: string;
  /** The address of loopback from which it asks. */
  readonly address: string;
  /** Whether it comes before anybody has said what it is, so that the server makes its Machine. */
  readonly isUnknown: boolean;
  readonly generations: readonly PlannedGeneration[];
}

/** How often a generation is tried. */
export const budget = 3;
/** How many Installations of a machine the server keeps. */
const kept = 5;

/** The lives of twenty machines; the same for the same seed. */
export function planLives(seed: number, generations: number): Plan[] {
  return Array.from({ length: 20 }, (_, index) => {
    const random = new Random(seed, index);
    const mac = `52:54:00:00:00:${(16 + index).toString(16)}`;
    const isUnknown = index % 4 === 3;
    return {
      name: isUnknown ? `mac-${mac.replaceAll(':', '-')}` : `m${index + 1}`,
      mac,
      address: `127.0.0.${10 + index}`,
      isUnknown,
      generations: Array.from({ length: generations }, () => planGeneration(random)),
    };
  });
}

/** Half of the attempts fail, so that one generation of eight does. */
function planGeneration(random: Random): PlannedGeneration {
  const attempts: PlannedAttempt[] = [];
  while (attempts.length < budget && attempts.at(-1)?.end !== 'done') {
    const end = random.pick<PlannedAttempt['end']>(['done', 'done', 'failed', 'again']);
    // Of a machine that was never heard of after its answer files, nobody knows for sure that it was in the middle.
    attempts.push({ asks: 1 + random.below(3), steps: random.below(3) + (end === 'again' ? 1 : 0), end });
  }
  return { attempts, boots: 1 + random.below(2) };
}

/** One that asks before its Machine was read is discovered first, which is then taken away: that one is none of the plan. */
export function isOfPlan(plans: readonly Plan[]): (kept: { readonly kind: string; readonly name: string }) => boolean {
  return ({ kind, name }) => kind !== 'Machine' || plans.some((plan) => plan.name === name);
}

/** What the installer says in a step of an attempt. */
export function progressText(generation: number, attempt: number, step: number): string {
  return `step ${step} of attempt ${attempt} at generation ${generation}`;
}

/** What the server has to know in the end of a machine that has lived so, in the words of `summaryOf`. */
export function endOf({ name, generations }: Plan): string[] {
  const last = generations.length;
  const installed = generations.findLastIndex(({ attempts }) => attempts.at(-1)?.end === 'done') + 1;
  const phase = installed === last ? 'Installed' : 'Failed';
  const machine = `${name} ${phase} ${last} ${installed} ${installationName(name, last)}`;
  return [machine, ...generations.map((planned, index) => endOfGeneration(name, planned, index + 1)).slice(-kept)];
}

function endOfGeneration(name: string, { attempts }: PlannedGeneration, generation: number): string {
  const last = attempts.at(-1);
  const phase = last?.end === 'done' ? 'Installed' : 'Failed';
  const progress = last?.steps ? progressText(generation, attempts.length, last.steps) : null;
  const reasons = { failed: 'Reported', again: 'StartedAgain' };
  const failures = attempts.flatMap(({ end }, index) => (end === 'done' ? [] : [`${index + 1}:${reasons[end]}`]));
  return `${installationName(name, generation)} ${phase} ${attempts.length} ${progress} ${failures}`;
}
