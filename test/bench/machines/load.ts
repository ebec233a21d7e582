/**
 * The load, in a process of its own: it asks one server after the other as it is told to by messages, over connections
 * that stay open, each with one request at a time and every request for another machine.
 */
import { Client } from 'undici';

/** What to ask. */
export interface Order {
  readonly origin: string;
  readonly paths: readonly string[];
  /** The first of the paths to be asked; after the last comes the first again. */
  readonly from: number;
  readonly connections: number;
  /** How long new requests are begun; when it is left out, each path is asked once. */
  readonly milliseconds?: number;
  /** Found in each right answer. */
  readonly expected: string;
}

export interface Yield {
  readonly requests: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Of the time that answers took, in milliseconds: the one that 99 of 100 did not exceed. */
  readonly slow: number;
  readonly wrong: string[];
}

process.on('message', (order: Order) => void answer(order));

async function answer(order: Order): Promise<void> {
  process.send?.(await carryOut(order));
}

async function carryOut({ origin, paths, from, connections, milliseconds, expected }: Order): Promise<Yield> {
  const clients = Array.from({ length: connections }, () => new Client(origin));
  const times: number[] = [];
  const wrong: string[] = [];
  const began = performance.now();
  const end = began + (milliseconds ?? Number.POSITIVE_INFINITY);
  const last = milliseconds === undefined ? from + paths.length : Number.POSITIVE_INFINITY;
  let next = from;
  const work = async (client: Client): Promise<void> => {
    while (next < last && performance.now() < end) {
      const path = paths[next % paths.length] ?? '';
      next += 1;
      const asked = performance.now();
      const got = await ask(client, path);
      times.push(performance.now() - asked);
      if (!got.includes(expected) && wrong.length < 3) wrong.push(`${path}: ${got}`);
    }
  };
  await Promise.all(clients.map(work));
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  times.sort((a, b) => a - b);
  return { requests: times.length, seconds, slow: times[Math.floor(times.length * 0.99)] ?? Number.NaN, wrong };
}

/** The status and body of an answer, or what went wrong; by undici's own interface, for which there is least to do. */
function ask(client: Client, path: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    client.dispatch(
      { method: 'GET', path },
      {
        onRequestStart: () => {},
        onResponseStart: (_, status) => {
          if (status !== 200) text = `${status} `;
        },
        onResponseData: (_, chunk) => {
          text += chunk.toString('latin1');
        },
        onResponseEnd: () => resolve(text),
        onResponseError: (_, error) => resolve(error.message),
      },
    );
  });
}
