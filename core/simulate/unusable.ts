import type { Context } from './context.js';
import { ask, bytesOf } from './http.js';

/** Something that the server has and cannot use. */
export interface Unusable {
  readonly kind: 'BootProfile' | 'distro' | 'ISO' | 'resource';
  readonly name: string;
  readonly why: string;
  /** Whether it will be ready by itself. */
  readonly isComing: boolean;
}

/** What the server says of all that it could boot. */
export interface Standing {
  readonly unusable: readonly Unusable[];
  /** Whether any distro is ready, for whatever kind of machine. */
  readonly isAnyReady: boolean;
}

type Item = Readonly<Record<string, unknown>>;

/** How many are shown one by one, and how many in one sentence. */
const [mostShown, mostSaid] = [20, 3];

/**
 * What `get distros` and `get images` say of the server. A server whose API is closed for readers, or that has none,
 * says nothing: then nothing is unusable, as far as is known.
 */
export async function askStanding(context: Context, server: string): Promise<Standing> {
  const lists = ['distros', 'profiles', 'images', 'overview'].map((name) => list(context, `${server}/api/v1/${name}`));
  const [distros = [], profiles = [], images = [], problems = []] = await Promise.all(lists);
  const isAnyReady = distros.some(({ state }) => state === 'ready');
  const broken = distros.flatMap(ofDistro);
  const isNamed = ({ file }: Item) => broken.some(({ why }) => why.includes(String(file)));
  const unusable = [
    ...profiles.flatMap((profile) => ofProfile(profile, broken)),
    ...broken,
    ...images.filter((image) => !isNamed(image)).flatMap(ofImage),
    ...problems.flatMap(ofProblem),
  ];
  return { unusable, isAnyReady };
}

/** The items of a list of the API, or the problems of its overview; none where it cannot be read. */
async function list({ patience }: Context, url: string): Promise<readonly Item[]> {
  try {
    const answer = await ask(url, patience);
    const text = (await bytesOf(answer, url)).toString();
    if (answer.status !== 200) return [];
    const { items, problems } = JSON.parse(text) as Item;
    const found = items ?? problems;
    return Array.isArray(found) ? found.filter((item) => typeof item === 'object' && item !== null) : [];
  } catch {
    // Machines need no API: that there is none, or another one, breaks nothing.
    return [];
  }
}

function ofDistro({ name, state, problem }: Item): Unusable[] {
  if (state === 'ready') return [];
  const { message, where } = (problem ?? {}) as Item;
  const why = typeof where === 'string' ? `${message} (${where})` : String(message);
  return [{ kind: 'distro', name: String(name), why, isComing: state === 'preparing' }];
}

/** What is wrong with its distro is said in the words of that. */
function ofProfile({ name, ready, distro, problem }: Item, broken: readonly Unusable[]): Unusable[] {
  if (ready === true) return [];
  const of = broken.find((one) => one.name === distro);
  const why = of?.why ?? String(problem);
  return [{ kind: 'BootProfile', name: String(name), why, isComing: of?.isComing ?? false }];
}

function ofImage({ file, type, problem }: Item): Unusable[] {
  if (type !== 'iso' || typeof problem !== 'string') return [];
  return [{ kind: 'ISO', name: String(file), why: problem, isComing: false }];
}

/** A document that is none: what it would be is not known. */
function ofProblem({ kind, name, message }: Item): Unusable[] {
  if (kind !== 'Resource') return [];
  return [{ kind: 'resource', name: String(name), why: String(message), isComing: false }];
}

/** Why there is nothing to boot, in a sentence. */
export function sentence(roots: readonly Unusable[]): string {
  return `nothing to boot: ${unusableLines(roots, mostSaid).join('; ')}`;
}

/** What BootProfiles stand on, and they themselves where it is only they. */
export function rootsOf(all: readonly Unusable[]): readonly Unusable[] {
  const media = all.filter(({ kind }) => kind === 'distro' || kind === 'ISO');
  return media.length > 0 ? media : all.filter(({ kind }) => kind === 'BootProfile');
}

/** A line for each; of very many only some. */
export function unusableLines(all: readonly Unusable[], most = mostShown): string[] {
  const lines = all.slice(0, most).map(unusableText);
  return all.length > most ? [...lines, `${all.length - most} more cannot be used`] : lines;
}

function unusableText({ kind, name, why, isComing }: Unusable): string {
  return `${kind} ${name} cannot be used${isComing ? ' yet' : ''}: ${why}`;
}
