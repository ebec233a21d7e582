import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashToken } from '../../core/machines/tokens.js';
import { type InstallationStatus, installationName } from '../../core/resources/installation.js';
import { Random } from '../fuzz/random.js';
import { type Plan, type PlannedAttempt, progressText } from './plan.js';
import { type Answer, askOnce, type Tally, type World } from './world.js';

/** How many of its former tokens a machine tries when it has got a new one. */
const formerTokens = 1;

/** Something that must not be. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/**
 * Lets a machine live as it was planned, over HTTP, as iPXE and installers do: whatever is not answered is asked again,
 * with the same token. What is acknowledged has to be kept at that moment. Throws {@link Finding}.
 */
export async function live(plan: Plan, world: World, tally: Tally, seed: number): Promise<void> {
  const machine = new ScriptedMachine(plan, world, tally, new Random(seed, Number.parseInt(plan.mac.slice(-2), 16)));
  if (plan.isUnknown) await machine.isDiscovered();
  for (const [index, planned] of plan.generations.entries()) {
    const generation = index + 1;
    await world.raise(plan, generation);
    for (const [index, attempt] of planned.attempts.entries()) await machine.attempt(generation, index + 1, attempt);
    for (let count = 0; count < planned.boots; count += 1) await machine.bootsDisk(generation);
  }
}

type Script = { readonly kind: 'install'; readonly token: string } | { readonly kind: 'disk' | 'unknown' };

/** A machine as the server sees it. */
export class ScriptedMachine {
  /** The newest first. */
  #tokens: readonly string[] = [];
  /** It keeps its connection, as iPXE does. */
  readonly #agent: Agent;

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
    private readonly tally: Tally,
    private readonly random: Random,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: plan.address });
  }

  /** Asks until the server has written down that it is there. */
  async isDiscovered(): Promise<void> {
    do {
      const { kind } = await this.#boot();
      this.#check(kind === 'unknown', `got ${kind} before anybody knew it`);
    } while ((await this.world.find('Machine', this.plan.name)) === undefined);
  }

  /** One attempt, from the script to its end. What ended the one before it is in the past. */
  async attempt(generation: number, attempt: number, planned: PlannedAttempt): Promise<void> {
    const what = `attempt ${attempt} at generation ${generation}`;
    for (let asks = 0; asks < planned.asks; asks += 1) {
      const token = await this.#getScript(attempt === 1 && asks === 0 ? generation : undefined, what);
      const { status } = await this.#installation(generation);
      this.#check(status.tokenHash === hashToken(token), `was given a token that is not kept, in ${what}`);
      this.#check(status.phase === 'Installing' && status.attempt === attempt, `is in ${of(status)}, not in ${what}`);
      await this.#opens(token);
    }
    const [token = ''] = this.#tokens;
    await this.#install(token, generation, attempt, planned.steps);
    if (planned.end === 'again') return this.#startsAgain(generation, attempt);
    await this.#report(token, planned.end, `the end of ${what}`);
    const { status } = await this.#installation(generation);
    if (planned.end === 'done') this.#check(status.phase === 'Installed', `is in ${of(status)}, and was done`);
    else this.#check(hasFailed(status, attempt, 'Reported'), `is in ${of(status)}, and ${what} has failed`);
    // The answer may have been lost; it says the same again. The token opens nothing any more.
    await this.#report(token, planned.end, `the end of ${what}`);
    await this.#opensNothing(token, `${what} is over`);
  }

  /** It boots from the network when all of a generation is over, and gets its disk. */
  async bootsDisk(generation: number): Promise<void> {
    const { kind } = await this.#boot();
    this.#check(kind === 'disk', `got ${kind} when generation ${generation} was over`);
  }

  /** The token of a script to install. Until the server has heard of a new generation the disk may be booted. */
  async #getScript(raised: number | undefined, what: string): Promise<string> {
    for (;;) {
      const script = await this.#boot();
      if (script.kind === 'install') {
        this.tally.scripts += 1;
        this.#tokens = [script.token, ...this.#tokens].slice(0, 1 + formerTokens);
        return script.token;
      }
      const mayBe = raised !== undefined && (script.kind === 'disk' || (raised === 1 && script.kind === 'unknown'));
      this.#check(mayBe, `got ${script.kind} in place of ${what}`);
      await sleep(this.random.below(100));
    }
  }

  /** The answer files can be had by this token, and by no former one. */
  async #opens(token: string): Promise<void> {
    for (const former of this.#tokens) if (former !== token) await this.#opensNothing(former, 'there is a newer one');
  }

  async #opensNothing(token: string, why: string): Promise<void> {
    const { status } = await this.#ask('GET', `/installations/${token}/automation/preseed.cfg`);
    this.#check(status === 403 || status === 429, `got ${status} for a token although ${why}`);
  }

  /** Fetches the answer files and says how far it is; that the files were sent is sure only when one process saw both. */
  async #install(token: string, generation: number, attempt: number, steps: number): Promise<void> {
    let life: number;
    do {
      life = this.world.life;
      const { status, body } = await this.#ask('GET', `/installations/${token}/automation/preseed.cfg`);
      this.#check(status === 200 && body.endsWith('\n'), `got ${status} for its answer file`);
      for (let step = 1; step <= steps; step += 1) {
        const text = progressText(generation, attempt, step);
        await this.#report(token, 'progress', text);
        const { progress } = (await this.#installation(generation)).status;
        this.#check(progress === text, `said "${text}", and what is kept is "${progress}"`);
      }
    } while (life !== this.world.life);
  }

  async #startsAgain(generation: number, attempt: number): Promise<void> {
    const { attempts = [] } = this.plan.generations[generation - 1] ?? {};
    if (attempt < attempts.length) return;
    await this.bootsDisk(generation);
    const { status } = await this.#installation(generation);
    this.#check(
      hasFailed(status, attempt, 'StartedAgain'),
      `is in ${of(status)}, and started again in its last attempt`,
    );
  }

  async #report(token: string, kind: 'progress' | 'done' | 'failed', text: string): Promise<void> {
    const { status } = await this.#ask('POST', `/installations/${token}/${kind}`, text);
    this.#check(status === 200, `got ${status} for its report ${kind}: ${text}`);
    this.tally.reports += 1;
  }

  async #installation(generation: number): Promise<{ status: InstallationStatus }> {
    const found = await this.world.find('Installation', installationName(this.plan.name, generation));
    if (found === undefined) throw this.#finding(`has no Installation of generation ${generation}`);
    return found;
  }

  /** What it gets when it boots from the network; what only says that it shall ask again is not told. */
  async #boot(): Promise<Script> {
    const { mac } = this.plan;
    const query = `mac=${mac}&uuid=&serial=&manufacturer=lab&product=lab&arch=x86_64&platform=efi&memory=65536`;
    for (;;) {
      const { status, body } = await this.#ask('GET', `/boot?${query}`);
      this.#check(status === 200 && body.startsWith('#!ipxe\n') && body.endsWith('\n'), `got ${status}: ${body}`);
      const token = /\/installations\/([\w-]{43})\//.exec(body)?.[1];
      if (token !== undefined) return { kind: 'install', token };
      if (/^menu /m.test(body)) return { kind: 'unknown' };
      if (/It boots its disk\.$/m.test(body)) return { kind: 'disk' };
      this.#check(/^sleep \d+\nchain /m.test(body), `got a script that nobody expected: ${body}`);
      // It would wait for longer.
      await sleep(50 + this.random.below(150));
    }
  }

  /** Asks until there is an answer. A server that cannot do it now says so with 503. */
  async #ask(method: 'GET' | 'POST', path: string, body?: string): Promise<Answer> {
    for (;;) {
      const url = await this.world.url();
      const asking = { agent: this.#agent, method, ...(body === undefined ? {} : { body }) };
      const answer = await askOnce(`${url}${path}`, asking).catch(() => undefined);
      this.world.stopping.throwIfAborted();
      if (answer !== undefined && answer.status !== 503) return answer;
      this.tally.unanswered += 1;
      await sleep(50 + this.random.below(150));
    }
  }

  #check(holds: boolean, text: string): void {
    if (!holds) throw this.#finding(text);
  }

  #finding(text: string): Finding {
    return new Finding(`${this.plan.name} ${text}`);
  }
}

function hasFailed({ phase, failures }: InstallationStatus, attempt: number, why: string): boolean {
  const isOver = phase === 'Pending' || phase === 'Failed';
  return isOver && failures.some((failure) => failure.attempt === attempt && failure.reason === why);
}

function of({ phase, attempt, failures }: InstallationStatus): string {
  return `attempt ${attempt} (${phase}; ${failures.map(({ attempt, reason }) => `${attempt}: ${reason}`).join(', ')})`;
}
