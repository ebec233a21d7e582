/** What a command knows of the process it runs in. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  /** Messages and the log, one JSON object a line. */
  readonly err: NodeJS.WritableStream;
  /** Aborted when the process is asked to end. */
  readonly stopped: AbortSignal;
}

/** Resolves when the process is asked to end. */
export function untilStopped({ stopped }: Terminal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => stopped.addEventListener('abort', () => resolve(), { once: true }));
}

/** Thrown by a command that has said all itself, to end with an exit code. */
export class Ended extends Error {
  constructor(readonly exitCode: number) {
    super(`ended with ${exitCode}`);
  }
}
