/** An object as the fake keeps it. */
export interface FakeObject extends Record<string, unknown> {
  metadata: { name: string; uid: string; resourceVersion: string; [field: string]: unknown };
  spec?: unknown;
  status?: unknown;
}

export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent.
  readonly body: any;
}

/**
 * What happens to a request in place of an answer: a refusal of this status; `reset`: the connection ends and nothing is
 * done; `lost`: it is done, but the connection ends without an answer; `stalled`: nothing at all, for ever.
 */
export type Fault = number | 'reset' | 'lost' | 'stalled';

/** What a fake answers in place of an object. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
