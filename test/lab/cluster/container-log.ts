import type { LogLine } from '../process-log.js';
import type { Kubectl } from './kubectl.js';

/** What one container of a deployment prints, over the lives of all its pods. */
export class ContainerLog {
  readonly lines: LogLine[] = [];
  readonly #stopped = new AbortController();
  #following: Promise<void>;

  constructor(kubectl: Pick<Kubectl, 'follow'>, namespace: string, deployment: string, container: string) {
    const target = ['-n', namespace, `deploy/${deployment}`, '-c', container];
    this.#following = this.#follow(kubectl, target);
  }

  /** Everything so far. */
  matches(pattern: RegExp, since = 0): boolean {
    return this.lines.some(({ at, text }) => at >= since && pattern.test(text));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#following;
  }

  /** Reads until the pod ends, then what the next one prints from there on. */
  async #follow(kubectl: Pick<Kubectl, 'follow'>, target: readonly string[]): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const last = this.lines.at(-1)?.at ?? 0;
      const since = new Date(last * 1000).toISOString();
      const take = (line: string): void => {
        const parsed = parseLine(line);
        if (parsed !== undefined && parsed.at > last) this.lines.push(parsed);
      };
      await kubectl.follow(take, this.#stopped.signal, 'logs', '-f', '--timestamps', '--since-time', since, ...target);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** A line with the time at which the container printed it. */
function parseLine(line: string): LogLine | undefined {
  const [time = '', text] = line.split(/ (.*)/s);
  const at = Date.parse(time) / 1000;
  return text === undefined || Number.isNaN(at) ? undefined : { at, text };
}
