import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.js';
import { DirectoryWorld } from './directory-world.js';
import { History } from './kept.js';
import { unlikePlans } from './life.js';
import { isOfPlan, type Plan, planLives } from './plan.js';
import { Finding, live, ScriptedMachine } from './script.js';
import type { Tally } from './world.js';

/** Up to how long after a server is ready it is killed, in milliseconds. */
const longestLife = 400;
/** The same for one of eight, which is killed after its process began. */
const longestStart = 1_200;

/** What was seen over all kills. */
export interface KillTally extends Tally {
  kills: number;
  /** Scripted lives of all machines that came to their end. */
  lives: number;
  /** Temporary files that a kill left in the middle of a write. */
  leftovers: number;
  readonly findings: string[];
  readonly onKill: (kills: number) => void;
}

export function emptyTally(onKill: KillTally['onKill'] = () => {}): KillTally {
  return { kills: 0, lives: 0, leftovers: 0, scripts: 0, reports: 0, unanswered: 0, findings: [], onKill };
}

/** How much of it there shall be. */
export interface Extent {
  readonly kills: number;
  /** How often each machine is installed in one life. */
  readonly generations: number;
  readonly seed: number;
}

/** Lets machines live one life after the other in directories of their own, until there were so many kills. */
export async function killMany(
  directory: string,
  { kills, generations, seed }: Extent,
  tally: KillTally,
): Promise<void> {
  let left = kills;
  for (let life = 0; (life === 0 || left > 0) && tally.findings.length === 0; life += 1) {
    const data = join(directory, `life-${life}`);
    const killed = new LifeWithKills(await DirectoryWorld.make(data, join(directory, 'compiled')), seed + life, tally);
    left -= await killed.run(generations, left);
    await rm(data, { recursive: true });
  }
}

/** One life of all machines on one data directory, whose server is killed while they live. */
class LifeWithKills {
  readonly #random: Random;
  readonly #history = new History();

  constructor(
    private readonly world: DirectoryWorld,
    private readonly seed: number,
    private readonly tally: KillTally,
  ) {
    this.#random = new Random(seed);
  }

  /** Returns how often the server was killed meanwhile. */
  async run(generations: number, mostKills: number): Promise<number> {
    const plans = planLives(this.seed, generations);
    const over = Promise.all(plans.map((plan) => live(plan, this.world, this.tally, this.seed)));
    let isOver = false;
    const ended = over
      .then(nothing, (error) => this.#found(error))
      .finally(() => {
        isOver = true;
      });
    let kills = 0;
    try {
      for (; kills < mostKills && !isOver; kills += 1) {
        await this.#waitAWhile(ended);
        if (!isOver) await this.#killAndLook(plans);
      }
      await Promise.race([ended, this.world.server.ended]);
      if (!isOver) throw new Error('the server has ended by itself');
      if (this.tally.findings.length === 0) await this.#end(plans);
    } catch (error) {
      this.#found(error);
    }
    this.world.stop();
    await this.world.kill();
    return kills;
  }

  /** Until some instant at which the server starts, or answers. */
  async #waitAWhile(ended: Promise<void>): Promise<void> {
    const isStart = this.#random.oneIn(8);
    if (!isStart) await this.world.server.ready;
    await Promise.race([sleep(this.#random.below(isStart ? longestStart : longestLife)), ended]);
  }

  /** Kills the server, looks at what it left and said, and starts the next one. */
  async #killAndLook(plans: readonly Plan[]): Promise<void> {
    const { complaints } = await this.world.kill();
    const now = (await this.world.all()).filter(isOfPlan(plans));
    this.tally.leftovers += this.world.temporaryFiles().length;
    this.#found(...complaints.map((text) => `the server says: ${text}`), ...this.#history.look(now));
    this.world.start();
    this.tally.kills += 1;
    this.tally.onKill(this.tally.kills);
  }

  /** What is known of all machines in the end is what their lives come to without any kill; also after the next start. */
  async #end(plans: readonly Plan[]): Promise<void> {
    this.#found(...(await unlikePlans(this.world, plans)));
    await this.#killAndLook(plans);
    for (const plan of plans) await new ScriptedMachine(plan, this.world, this.tally, this.#random).bootsDisk(0);
    const files = this.world.temporaryFiles();
    this.#found(...files.map((file) => `${file} is left after a start`));
    this.tally.lives += 1;
  }

  #found(...findings: readonly unknown[]): void {
    for (const finding of findings) {
      const text = finding instanceof Finding ? finding.message : String((finding as Error).stack ?? finding);
      this.tally.findings.push(`seed ${this.seed}, kill ${this.tally.kills}: ${text}`);
    }
  }
}

function nothing(): void {}
