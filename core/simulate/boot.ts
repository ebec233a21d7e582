import { runScript, type ScriptEnd } from '../ipxe/script.js';
import type { Context } from './context.js';
import { Broken } from './faults.js';
import { getLarge, getText } from './files.js';
import type { Answer } from './http.js';
import { readInitrd } from './initrd.js';
import { type Entry, entriesIn } from './menu.js';
import { checkKernel, shown } from './programs.js';

/** How a script ended, and what was seen on the way. */
export interface Booted extends ScriptEnd {
  readonly entries: readonly Entry[];
  /** Whether it showed a menu, at which nobody chose. */
  readonly isMenu: boolean;
}

/** How far the clock of the server may be from that of this host, in milliseconds. */
const clockTolerance = 10 * 60_000;

/** After how often the same URL a script is seen to go in a circle: a machine may say at first who it is. */
const mostAgain = 2;

/** Runs a script as iPXE does, and fetches all that it names. */
export async function runBoot(context: Context, url: string): Promise<Booted> {
  const asked = new Map<string, number>();
  const entries: Entry[] = [];
  let isMenu = false;
  const fetchScript = async (at: string): Promise<string> => {
    const text = await getScript(context, at, asked);
    entries.push(...entriesIn(text));
    isMenu ||= /^menu\b/m.test(text);
    return text;
  };
  const end = await runScript(url, {
    settings: Object.fromEntries(context.settings),
    fetch: async (at, as) => {
      if (as === 'script') return { status: 200, text: await fetchScript(at) };
      await (as === 'kernel' ? getKernel(context, at) : getInitrd(context, at));
      return { status: 200, text: '' };
    },
  });
  if (end.kind === 'endless')
    throw new Broken('script-circle', `${url} comes to no end: a loop in it goes on for ever`);
  const isFailed = end.kind === 'failed' || (end.kind === 'exit' && end.reason !== undefined);
  if (isFailed) throw new Broken('script-fails', end.reason ?? `${url} fails`);
  return { ...end, entries, isMenu };
}

async function getScript(context: Context, url: string, asked: Map<string, number>): Promise<string> {
  const bytes = await getText(context, url, {
    what: 'script',
    meaning: { missing: 'script-missing' },
    check: (found, answer) => {
      checkClock(context, url, answer);
      const text = found.toString();
      if (!text.startsWith('#!ipxe'))
        throw new Broken('script-no-ipxe', `${url} is no iPXE script: it begins with ${shown(found)}`);
      const times = (asked.get(url) ?? 0) + 1;
      asked.set(url, times);
      if (times > mostAgain) throw circle(url, text);
      return '';
    },
  });
  return bytes.toString();
}

/** A script that sleeps before it asks again says what it waits for. */
function circle(url: string, text: string): Broken {
  const said = [...text.matchAll(/^echo (.+)$/gm)].map(([, line]) => line);
  if (/^sleep \d/m.test(text))
    return new Broken('server-not-ready', `${url} tells the machine to wait: ${said.join(' ')}`);
  return new Broken('script-circle', `${url} leads back to itself, again and again`);
}

function checkClock({ now }: Context, url: string, { headers }: Answer): void {
  const theirs = Date.parse(headers.date ?? '');
  const off = Math.abs(theirs - now());
  if (!(off > clockTolerance)) return;
  const [there, here] = [theirs, now()].map((time) => new Date(time).toISOString());
  const message = `the clock of ${new URL(url).host} says ${there}, and that of this host ${here}: one of them is wrong`;
  throw new Broken('clock-off', message);
}

function getKernel(context: Context, url: string): Promise<void> {
  return getLarge(context, url, {
    what: 'kernel',
    meaning: { missing: 'kernel-missing' },
    look: async (head, length) => checkKernel(url, head, length, context.kind),
  });
}

function getInitrd(context: Context, url: string): Promise<void> {
  return getLarge(context, url, {
    what: 'initrd',
    meaning: { missing: 'initrd-missing' },
    look: async (_, __, body) => {
      const { archives } = await readInitrd(url, body);
      return `${archives.length} ${archives.length === 1 ? 'archive' : 'archives'} (${archives.join(', ')})`;
    },
  });
}
