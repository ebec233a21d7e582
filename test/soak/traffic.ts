import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.js';
import { miniFiles } from '../helpers/isos.js';
import { abortMany } from '../helpers/raw-client.js';

/** How often each answer came, by what was asked and its status. */
export type Answers = Map<string, number>;

interface Asking {
  readonly url: string;
  readonly random: Random;
}

/** Something that clients do all the time; resolves with the status of the answer. */
interface Habit {
  readonly name: string;
  /** The answers that are right; `changes` says why there is more than one. */
  readonly statuses: readonly number[];
  run(asking: Asking): Promise<number>;
}

const initrd = miniFiles['initrd.gz'];
const pages = [
  '/',
  '/machines',
  '/machines?sort=lastSeen',
  '/images',
  '/distros',
  '/plugins',
  '/login',
  '/metrics',
] as const;
const readings = [
  '/api/v1/machines',
  '/api/v1/images',
  '/api/v1/distros',
  '/api/v1/plugins',
  '/readyz',
  '/boot?product=x',
] as const;
const nonsense = [
  '/api/v1/machines/nobody',
  '/iso/content/none.iso/x',
  '/boot/none',
  '/%00',
  `/${'x'.repeat(9000)}`,
] as const;

/** All but the machines. Of an ISO that is being changed a file may be there, be gone, or not be read yet. */
const habits: readonly Habit[] = [
  { name: 'a page', statuses: [200], run: ({ url, random }) => status(`${url}${random.pick(pages)}`) },
  { name: 'the API', statuses: [200], run: ({ url, random }) => status(`${url}${random.pick(readings)}`) },
  {
    name: 'what is not there',
    statuses: [400, 404, 414, 431],
    run: ({ url, random }) => status(url + random.pick(nonsense)),
  },
  { name: 'a part of a file in an ISO', statuses: [206], run: part },
  { name: 'an initrd with firmware', statuses: [200], run: ({ url }) => status(`${url}/with-firmware/mini/initrd.gz`) },
  { name: 'a file of an ISO that is replaced', statuses: [200, 404, 503, 0], run: large },
  { name: 'clients that leave', statuses: [0], run: leaving },
  { name: 'a script of the plugin', statuses: [200, 404, 500, 503], run: ({ url }) => status(`${url}/boot/lab`) },
  { name: 'the stream of events', statuses: [200], run: events },
  {
    name: 'a body that is too large',
    statuses: [403, 413, 429, 0],
    run: ({ url }) => status(`${url}/installations/${'x'.repeat(43)}/done`, 3_000_000),
  },
];

/** Lets clients do all of that until the end, one of each kind at a time. Returns what was not as it has to be. */
export async function ask(
  url: () => Promise<string>,
  answers: Answers,
  seed: number,
  end: AbortSignal,
): Promise<string[]> {
  const findings = new Set<string>();
  const one = async ({ name, statuses, run }: Habit, index: number): Promise<void> => {
    for (const random = new Random(seed, 1000 + index); !end.aborted; await sleep(20 + random.below(200))) {
      const got = await run({ url: await url(), random });
      answers.set(`${name}: ${got}`, (answers.get(`${name}: ${got}`) ?? 0) + 1);
      if (!statuses.includes(got)) findings.add(`${name} was answered with ${got}`);
    }
  };
  await Promise.all(habits.map(one));
  return [...findings];
}

/** Compares the bytes. */
async function part({ url, random }: Asking): Promise<number> {
  const from = random.below(initrd.length - 1);
  const to = from + random.below(initrd.length - from);
  const headers = { range: `bytes=${from}-${to}` };
  const response = await fetch(`${url}/iso/content/mini.iso/initrd.gz`, { headers });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status === 206 && !body.equals(initrd.subarray(from, to + 1)))
    throw new Error(`bytes ${from}-${to} are wrong`);
  return response.status;
}

async function large({ url }: Asking): Promise<number> {
  return status(`${url}/iso/content/other.iso/large`);
}

async function leaving({ url }: Asking): Promise<number> {
  await abortMany(url, '/iso/content/lab.iso/large', 14, 7);
  return 0;
}

async function events({ url, random }: Asking): Promise<number> {
  const leave = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, { signal: leave.signal });
  await sleep(random.below(3000));
  leave.abort();
  return response.status;
}

/** The status of an answer that came whole; 0 when it was broken off. */
function status(url: string, bodyLength = 0): Promise<number> {
  return new Promise((resolve) => {
    const options = { method: bodyLength > 0 ? 'POST' : 'GET', agent: false, timeout: 60_000 } as const;
    const sent = request(url, options, (response) => {
      response.resume().on('error', () => {});
      response.once('close', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(0)).end(Buffer.alloc(bodyLength));
  });
}
