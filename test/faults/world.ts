import { type Agent, request } from 'node:http';
import type { Kept } from './kept.js';
import type { Plan } from './plan.js';

/** What there is around machines that live by a script: a server that may be away, and what it keeps. */
export interface World {
  /** Where the server listens now; while there is none it is waited for. */
  url(): Promise<string>;
  /** Another number for each process of the server. */
  readonly life: number;
  /** What a person does: says that a machine is to be installed for so many times. */
  raise(plan: Plan, generation: number): Promise<void>;
  /** What is kept of it now, seen by others than the server. */
  find<K extends Kept['kind']>(kind: K, name: string): Promise<Extract<Kept, { kind: K }> | undefined>;
  readonly stopping: AbortSignal;
}

/** What was acknowledged and looked for. */
export interface Tally {
  scripts: number;
  reports: number;
  /** Requests that were never answered, and asked again. */
  unanswered: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request of a machine. Rejects when the answer does not come, or not whole. */
export function askOnce(
  url: string,
  { agent, method, body }: { readonly agent: Agent; readonly method: 'GET' | 'POST'; readonly body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, timeout: 60_000 }, async (response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${url}`)));
    sent.on('error', reject).end(body);
  });
}
