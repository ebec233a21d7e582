import { checkSyntax } from '../render/answer-syntax.js';
import type { Context } from './context.js';
import { Broken } from './faults.js';
import { getEnds, getText } from './files.js';
import { checkMirror } from './mirror-check.js';
import { type Mirror, mirrorsIn } from './mirrors.js';

/** What an installer is started with. */
export interface Start {
  /** The kernel command line. */
  readonly args: string;
  /** What the script said of the distro. */
  readonly title: string;
  /** The server's URL, without a slash at the end. */
  readonly server: string;
}

/** How many answer files are fetched of one installer. */
const mostAnswers = 40;

/** The files that cloud-init asks for in its seed; the last need not be there (cloud-init, DataSourceNoCloud). */
const seedFiles = ['user-data', 'meta-data'];

/** What the installer fetches: all that the command line names, and then all that its answers name. */
export async function playInstaller(context: Context, start: Start): Promise<void> {
  const answers = new Set<string>();
  for (const { name, url } of urlsIn(start.args)) {
    if (name === 'inst.repo' || name === 'inst.stage2') await getTree(context, url);
    else if (name === 's') for (const file of seedFiles) answers.add(seedUrl(url, file));
    else if (isAnswer(name, url)) answers.add(url);
    else await getEnds(context, url, { what: name, meaning: { missing: 'installer-file-missing' } });
  }
  await readAnswers(context, start, answers);
}

/** Arguments that are a URL; of cloud-init's `ds=nocloud;s=URL` the part behind the semicolon. */
function urlsIn(args: string): { name: string; url: string }[] {
  const matches = args.matchAll(/(?:^|[\s;])([\w./-]+)=(https?:\/\/[^\s;]+)/g);
  return [...matches].map(([, name = '', url = '']) => ({ name, url }));
}

function isAnswer(name: string, url: string): boolean {
  return ['inst.ks', 'url', 'preseed/url'].includes(name) && !/\.iso$|\/iso\/download\//.test(url);
}

function seedUrl(url: string, file: string): string {
  return url.includes('%s') ? url.replace('%s', file) : `${url}${file}`;
}

/** The tree of an installer: what .treeinfo says that stage 2 is (anaconda, dracut/anaconda-lib.sh). */
async function getTree(context: Context, url: string): Promise<void> {
  const meaning = { missing: 'installer-file-missing' } as const;
  const base = url.endsWith('/') ? url : `${url}/`;
  const info = (await getText(context, `${base}.treeinfo`, { what: '.treeinfo', meaning })).toString();
  const image = /^mainimage\s*=\s*(\S+)/m.exec(info)?.[1] ?? 'images/install.img';
  await getEnds(context, base + image, { what: 'stage 2', meaning });
}

/** Each answer file, those that it names, and the mirrors. */
async function readAnswers(context: Context, { title, server }: Start, answers: Set<string>): Promise<void> {
  const mirrors: Mirror[] = [];
  // Grows while it is gone through: a set gives what is added to it, too.
  for (const url of answers) {
    if (answers.size > mostAnswers) break;
    if (isOfToken(url)) {
      context.walk.say('its answer files are given to the machine itself alone, while it is being installed');
      break;
    }
    const file = new URL(url).pathname.split('/').at(-1) ?? '';
    const text = (await getText(context, url, answerFile(file))).toString();
    for (const link of linksIn(text, server)) answers.add(link);
    mirrors.push(...mirrorsIn(file, text, title));
  }
  if (answers.size === 0) context.walk.say('the installer gets no answers: it asks its questions at the console');
  const seen = new Set<string>();
  for (const mirror of mirrors) {
    const key = `${mirror.urls[0]} ${mirror.proxy}`;
    if (!seen.has(key)) await checkMirror(context, mirror);
    seen.add(key);
  }
}

/** Files by the token of an installation, of which whoever only plays a machine gets none that opens anything. */
function isOfToken(url: string): boolean {
  return new URL(url).pathname.startsWith('/installations/');
}

function answerFile(file: string) {
  return {
    what: 'answer file',
    meaning: { missing: 'answers-missing', refused: 'answers-refused' },
    check: (bytes: Buffer) => {
      const problem = checkSyntax(file, bytes.toString()) ?? formProblem(file, bytes.toString());
      if (problem !== undefined) throw new Broken('answers-invalid', problem);
      return '';
    },
  } as const;
}

/** What is wrong with the form of a file that has no parser here, as far as its lines tell. */
function formProblem(file: string, text: string): string | undefined {
  if (/preseed/.test(file)) {
    const lines = text.replaceAll(/\\\n/g, ' ').split('\n');
    const wrong = lines.findIndex((line) => !/^\s*(#|$)/.test(line) && !/^\s*\S+\s+\S+\s+[a-z]+/.test(line));
    if (wrong >= 0) return `${file}: expected "owner question type value", received "${lines[wrong]?.slice(0, 80)}"`;
  }
  if (!file.endsWith('ks.cfg')) return undefined;
  const begun = text.match(/^%(pre|post|packages|addon|onerror|pre-install|certificate)\b/gm)?.length ?? 0;
  const ended = text.match(/^%end\b/gm)?.length ?? 0;
  return begun === ended ? undefined : `${file}: expected a %end for each section, received ${ended} for ${begun}`;
}

/** URLs of this server that a file names: no reports, nothing that the installer fills in, no directories. */
function linksIn(text: string, server: string): string[] {
  const escaped = server.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const found = [...text.matchAll(new RegExp(`${escaped}/[^\\s"'<>\\\\,;)\\]}|]*`, 'g'))].map(([url]) => url);
  return found.filter((url) => /\/automation\//.test(url) && !/%s|\$|\/$|\/(done|failed|progress)\b/.test(url));
}
