import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, globSync, openSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DirectoryStore } from '../../core/resources/directory/directory-store.js';
import { Random } from '../fuzz/random.js';
import { type Entry, everything, gone, parseJournal, type Seen } from './kill-journal.js';
import { documents } from './kill-machines.js';

const life = fileURLToPath(new URL('./kill-life.js', import.meta.url));

/** Up to how long after a process began to write it is killed, in milliseconds. */
const longestLife = 250;
/** The same for one of ten, which is killed after it began to read what is there. */
const longestStart = 50;

/** What was seen over all kills. */
export interface Tally {
  kills: number;
  /** Writes that had been acknowledged and were looked for after the kill. */
  acknowledged: number;
  /** Writes that were under way at the kill, and of them those that were there afterwards. */
  underWay: number;
  ofThemThere: number;
  /** Temporary files that a kill left. */
  leftovers: number;
  readonly findings: string[];
  readonly onKill: (kills: number) => void;
}

export function emptyTally(onKill: Tally['onKill'] = () => {}): Tally {
  return { kills: 0, acknowledged: 0, underWay: 0, ofThemThere: 0, leftovers: 0, findings: [], onKill };
}

/**
 * Kills so many processes in turn, each of which goes on with what the one before left in the directory. Ends early when
 * something is found: whatever comes then may come of that.
 */
export async function killMany(data: string, kills: number, seed: number, tally: Tally): Promise<void> {
  await mkdir(join(data, 'resources'), { recursive: true });
  await writeFile(join(data, 'resources/machines.yaml'), documents);
  const random = new Random(seed);
  let known = await readAgain(data, (text) => void tally.findings.push(text));
  for (let count = 0; count < kills && tally.findings.length === 0; count += 1) {
    const journal = await liveAndDie(data, random);
    tally.kills += 1;
    tally.onKill(tally.kills);
    known = await compare(data, known, journal, tally);
  }
}

/** One life, from its start to a random instant; returns what it said. */
async function liveAndDie(data: string, random: Random): Promise<Entry[]> {
  const path = join(data, 'journal');
  const output = openSync(path, 'w');
  const child = spawn(process.execPath, [life, data, String(random.uint32())], {
    stdio: ['ignore', output, 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(data, 'compiled') }, // It begins in half the time.
  });
  closeSync(output);
  const ended = once(child, 'exit');
  const [message, longest] = random.oneIn(10) ? ['starts', longestStart] : ['lives', longestLife];
  await Promise.race([said(child, message), ended]);
  await sleep(random.below(longest));
  kill(child);
  const [code, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the process ended by itself with ${code ?? signal}`);
  return parseJournal(readFileSync(path, 'utf8'));
}

function said(child: ChildProcess, message: string): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (text) => {
      if (text === message) resolve();
    });
  });
}

function kill(child: ChildProcess): void {
  if (child.exitCode === null) child.kill('SIGKILL');
}

/** Starts a store on what a kill left, and reads all that it has. */
async function readAgain(data: string, report: (text: string) => void): Promise<Map<string, Seen>> {
  const store = new DirectoryStore(data, { log: () => {} });
  await store.start();
  const found = everything(store);
  for (const error of store.errors) report(`cannot be read: ${error.where}: ${error.message}`);
  await store.close();
  for (const file of temporaryFiles(data)) report(`${file} is left after a start`);
  return found;
}

/** Compares what a kill left with what was known before it and what was said since. */
async function compare(
  data: string,
  before: ReadonlyMap<string, Seen>,
  journal: readonly Entry[],
  tally: Tally,
): Promise<Map<string, Seen>> {
  const report = (text: string) => void tally.findings.push(`kill ${tally.kills}: ${text}`);
  tally.leftovers += temporaryFiles(data).length;
  const found = await readAgain(data, report);
  const { acknowledged, underWay } = outcome(journal);
  for (const key of new Set([...before.keys(), ...found.keys(), ...acknowledged.keys(), ...underWay.keys()])) {
    const last = acknowledged.get(key) ?? before.get(key) ?? gone;
    const now = found.get(key) ?? gone;
    const next = underWay.get(key);
    if (next === now.digest && now.digest !== last.digest) tally.ofThemThere += 1;
    for (const text of differences(now, last, next)) report(`${key} ${text}`);
  }
  tally.underWay += underWay.size;
  tally.acknowledged += journal.filter((entry) => 'done' in entry).length;
  return found;
}

/** What is wrong with an object: it must be what was last acknowledged, or what was being written when the kill came. */
function differences(now: Seen, last: Seen, next: string | undefined): string[] {
  const isLast = now.digest === last.digest;
  const found: string[] = [];
  if (!isLast && now.digest !== next) found.push(`is ${now.digest}, neither ${last.digest} nor ${next}`);
  if (isLast && now.digest !== next && now.version !== last.version) found.push('has another version');
  if (now !== gone && now.version < last.version) found.push(`went back to version ${now.version}`);
  return found;
}

/** The last acknowledged write of each object, and the one that was under way when the process was killed. */
function outcome(journal: readonly Entry[]): { acknowledged: Map<string, Seen>; underWay: Map<string, string> } {
  const acknowledged = new Map<string, Seen>();
  const begun = new Map<number, { key: string; digest: string }>();
  for (const entry of journal) {
    if ('begins' in entry) begun.set(entry.begins, entry);
    else {
      const { key, digest } = begun.get(entry.done) ?? { key: 'none', digest: '' };
      acknowledged.set(key, { digest, version: entry.version });
      begun.delete(entry.done);
    }
  }
  return { acknowledged, underWay: new Map([...begun.values()].map(({ key, digest }) => [key, digest])) };
}

function temporaryFiles(data: string): string[] {
  return globSync('state/*/.*', { cwd: data });
}
