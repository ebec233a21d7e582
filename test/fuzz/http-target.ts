import { strict as assert } from 'node:assert';
import { requireAnswers } from './http-invariants.js';
import { httpMutator } from './http-mutate.js';
import { canary, type FuzzedServer, startServer } from './http-server.js';
import type { FuzzTarget, Outcome } from './target.js';

/** Bytes on a connection of the whole server. */
export const target: FuzzTarget = { mutator: httpMutator, attempt, close, maxSeconds: 2, maxHeapMib: 512 };

/** After so many inputs a new server is begun: what operators add stays. */
const inputsEach = 5000;

let server: Promise<FuzzedServer> | undefined;
let count = 0;
let now = Date.UTC(2026, 10, 28);

async function attempt(input: Uint8Array): Promise<Outcome> {
  if (count++ % inputsEach === 0) await close();
  // Each comes a second after the one before, so that limits of a minute let some through.
  now += 1000;
  server ??= startServer(() => now);
  const { converse, application } = await server;
  const conversation = await converse(input);
  const { answer, isHanging } = conversation;
  assert(!isHanging, `no end: ${JSON.stringify(answer.toString('latin1').slice(0, 300))}`);
  const answers = requireAnswers(conversation);
  assert(!answer.includes(canary), 'a secret, or what lies outside of the data, was shown');
  assert(!/root:[^:\n]*:0:0:/.test(answer.toString('latin1')), 'a file of the system was shown');
  const { buffers } = application.server.sender;
  assert(buffers.lentBytes < 16 * 2 ** 20, 'buffers are not given back');
  return answers.some(({ status }) => status >= 200 && status < 400) ? 'read' : 'refused';
}

async function close(): Promise<void> {
  const before = server;
  server = undefined;
  await (await before)?.close();
}
