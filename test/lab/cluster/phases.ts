import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../fuzz/random.js';
import type { CaseOptions, Report } from '../cases.js';
import { fromLan } from './boot-services.js';
import type { Cluster } from './cluster.js';
import { type FaultName, faults } from './faults.js';
import { ofPod, type Release } from './release.js';
import { comesTrue } from './until.js';

/** When something goes wrong in a phase. */
export interface Moment {
  /** Of what one is chosen; all by default. */
  readonly of?: readonly FaultName[];
  /** After how many seconds of the phase at the latest; before it looks at anything when left out. */
  readonly within?: number;
}

/** The parts of a run. */
export interface Phases {
  /** Whether something goes wrong in each. */
  readonly areDisturbed: boolean;
  during<T>(phase: string, moment: Moment, work: () => Promise<T>): Promise<T>;
}

export interface ClusterOptions extends CaseOptions {
  readonly phases: Phases;
}

/** Nothing goes wrong but what a phase does itself. */
export const calm: Phases = { areDisturbed: false, during: (_phase, _moment, work) => work() };

const all = Object.keys(faults) as FaultName[];

/** One random fault in each phase, the same for the same seed. Nobody helps: all has to be well again by itself. */
export class Disturbed implements Phases {
  readonly areDisturbed = true;
  /** Whose pod has to be well again, once there is one. */
  release: Release | undefined;
  #count = 0;

  constructor(
    private readonly seed: number,
    private readonly cluster: Cluster,
    private readonly report: Report,
  ) {}

  async during<T>(phase: string, { of = all, within }: Moment, work: () => Promise<T>): Promise<T> {
    this.#count += 1;
    const random = new Random(this.seed, this.#count);
    const name = random.pickOf(of) ?? 'the pod is deleted';
    const afterMs = within === undefined ? 0 : random.below(within * 1000);
    let isOver = false;
    const disturb = async (): Promise<void> => {
      await sleep(afterMs, undefined, { signal: this.cluster.stopping });
      const wasOver = isOver;
      const wanted = `${phase}: ${name}, ${(afterMs / 1000).toFixed(0)} s after its begin`;
      console.log(`# ${wanted}`);
      const began = Date.now();
      await faults[name](this.cluster);
      const isWell = await comesTrue(() => this.#isWell(), { seconds: 180, stopping: this.cluster.stopping });
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      const state = wasOver ? 'but the phase was over before' : `well again after ${seconds} s`;
      this.report(wanted, isWell && !wasOver, isWell ? state : `not well after ${seconds} s`);
    };
    const disturbed = disturb().catch((error: unknown) => this.report(`${phase}: ${name}`, false, String(error)));
    if (within === undefined) await disturbed;
    const worked = work().finally(() => {
      isOver = true;
    });
    const [result] = await Promise.allSettled([worked, disturbed]);
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  /** The API server answers, the pod is ready, and the machines reach it. */
  async #isWell(): Promise<boolean> {
    const node = await this.cluster.kubectl.run('get', 'node', 'node1', '-o', ready).catch(() => '');
    if (node !== 'True') return false;
    if (this.release === undefined) return true;
    const pods = await this.cluster.kubectl.run('get', 'pod', ...ofPod, '-o', podsReady).catch(() => '');
    if (pods.trim() !== 'True') return false;
    return (
      (await fromLan('curl', '-sf', '-o', '/dev/null', '-w', '%{http_code}', `${this.release.server}/readyz`)) === '200'
    );
  }
}

const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
/** A line for each pod that stays. */
const podsReady =
  'go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}} {{end}}{{end}}{{end}}{{end}}';
