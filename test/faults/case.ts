/** Takes one thing that was looked at: what has to hold, whether it does, and figures. */
export type Report = (what: string, holds: boolean, detail?: string) => void;

export interface Scene {
  /** A directory of its own, removed afterwards. */
  readonly directory: string;
  /** Where what Node has compiled is kept. */
  readonly compiled: string;
  readonly report: Report;
  readonly seed: number;
}

/** One fault, and all that is looked at while it lasts and after it. */
export interface FaultCase {
  readonly name: string;
  /** Programs that it runs. */
  readonly programs?: readonly string[];
  /** Why only root can make it; for everybody when left out. */
  readonly rootFor?: string;
  run(scene: Scene): Promise<void>;
}
