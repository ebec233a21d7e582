#!/usr/bin/env node
// Makes plugins/debian/questions/12.json and 13.json: the questions of Debian's installer, with their types and
// choices, out of the templates of its own packages (udebs). Takes the mirror from the machine's apt configuration.
// Wants dpkg-deb, xz, bsdtar, and the right to download; node scripts/debian-questions.mjs [RELEASE]
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const releases = { 12: 'bookworm', 13: 'trixie' };
const arch = 'amd64';
/** Of the installed system, what a preseed file commonly answers too. */
const furtherPackages = ['tasksel', 'popularity-contest', 'keyboard-configuration', 'console-setup', 'mdadm', 'openssh-server', 'unattended-upgrades', 'grub-pc', 'grub-efi-amd64']; // biome-ignore format: one list
/** What can be answered; the other types only show something. */
const askable = new Set(['string', 'boolean', 'select', 'multiselect', 'password', 'note']);

const directory = mkdtempSync(join(tmpdir(), 'questions-'));
try {
  const wanted = process.argv[2];
  for (const release of Object.keys(releases)) if (wanted === undefined || wanted === release) await make(release);
} finally {
  rmSync(directory, { recursive: true });
}

async function make(release) {
  const suite = releases[release];
  const mirror = debianMirror();
  const udebs = await packages(`${mirror}/dists/${suite}/main/debian-installer/binary-${arch}/Packages.xz`);
  const debs = await packages(`${mirror}/dists/${suite}/main/binary-${arch}/Packages.xz`);
  const found = new Map();
  const read = {};
  const missing = [];
  const candidates = udebs.filter(({ Package }) => !/-modules-.*-di$|^kernel-image-/.test(Package));
  const further = debs.filter(({ Package }) => furtherPackages.includes(Package));
  await eachOf([...candidates, ...further], 8, async (entry) => {
    const file = await download(mirror, entry);
    if (file === undefined) return missing.push(`${entry.Package} ${entry.Version}`);
    const texts = [templatesOf(file), ...registeredBy(file)].filter((text) => text !== '');
    if (texts.length > 0) read[entry.Package] = entry.Version;
    for (const text of texts) collect(text, found);
    rmSync(file);
  });
  const initrd = debs.find(({ Package }) => Package === `debian-installer-${release}-netboot-${arch}`);
  const inInitrd = initrd === undefined ? [] : await addInitrd(mirror, initrd, found, read);
  resolveRegistered(found);
  const still = missing.filter((entry) => !inInitrd.includes(entry.split(' ')[0]));
  write(release, suite, { found, read, missing: still.sort() });
}

/** The first mirror of Debian that apt knows. */
function debianMirror() {
  const format = '$(ORIGIN) $(REPO_URI)';
  const lines = execFileSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const line = lines.split('\n').find((text) => /^Debian \S+\/debian\/?$/.test(text));
  if (line === undefined) throw new Error('apt knows no mirror of Debian: run apt-get update');
  return line.split(' ')[1].replace(/\/$/, '');
}

async function packages(url) {
  const index = execFileSync('xz', ['-dc'], { input: await get(url), maxBuffer: 2 ** 29 }).toString();
  return index.split('\n\n').map((paragraph) => Object.fromEntries([...paragraph.matchAll(/^([\w-]+): (.*)$/gm)].map(([, key, value]) => [key, value]))).filter(({ Filename }) => Filename !== undefined); // biome-ignore format: one chain
}

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** A package as a file, checked; undefined where the mirror lacks it. */
async function download(mirror, { Package, Filename, SHA256 }) {
  const bytes = await get(`${mirror}/${Filename}`).catch(() => undefined);
  if (bytes === undefined) return undefined;
  if (createHash('sha256').update(bytes).digest('hex') !== SHA256) throw new Error(`${Filename}: wrong checksum`);
  const file = join(directory, Package);
  writeFileSync(file, bytes);
  return file;
}

function templatesOf(file) {
  return spawnSync('dpkg-deb', ['--info', file, 'templates'], { encoding: 'utf8' }).stdout;
}

/** Questions that scripts make of a template at run time: `db_register TEMPLATE QUESTION`. */
function registeredBy(file) {
  const scripts = spawnSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -xO; dpkg-deb --ctrl-tarfile "$1" | tar -xO', 'sh', file], { encoding: 'latin1', maxBuffer: 2 ** 29 }).stdout; // biome-ignore format: one command
  const pairs = [...scripts.matchAll(/db_register ([\w./-]+) "?([a-z][\w-]*\/[\w./-]+)"?$/gm)];
  return pairs.map(([, template, question]) => `Template: ${question}\nType: =${template}\n`);
}

/** The templates that the netboot initrd holds, for the packages that the mirror lacks. */
async function addInitrd(mirror, entry, found, read) {
  const file = await download(mirror, entry);
  if (file === undefined) return [];
  const command = 'dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards "*/text/debian-installer/*/initrd.gz" | gzip -dc > "$1.cpio"; bsdtar -tf "$1.cpio" | grep "info/.*[.]templates$"'; // biome-ignore format: one command
  const { stdout } = spawnSync('sh', ['-c', command, 'sh', file], { encoding: 'utf8', maxBuffer: 2 ** 29 });
  const names = stdout.split('\n').filter((name) => name !== '');
  for (const name of names) {
    collect(execFileSync('bsdtar', ['-xOf', `${file}.cpio`, name], { encoding: 'utf8' }), found);
  }
  read[entry.Package] = entry.Version;
  return names.map((name) => name.split('/').at(-1).replace('.templates', ''));
}

function collect(text, found) {
  for (const paragraph of text.split(/\n\s*\n/)) {
    const field = (name) => new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1].trim();
    const [name, type] = [field('Template'), field('Type')];
    if (name === undefined || type === undefined) continue;
    const choices = (field('Choices-C') ?? field('__?Choices') ?? field('Choices') ?? '').split(/(?<!\\),\s*/).filter((choice) => choice !== ''); // biome-ignore format: one chain
    const isFixed = choices.length > 0 && !choices.some((choice) => choice.includes('${'));
    if (!found.has(name) || found.get(name)[0].startsWith('=')) found.set(name, isFixed ? [type, ...choices] : [type]);
  }
}

/** A registered question has the type and choices of its template. */
function resolveRegistered(found) {
  for (const [name, [type]] of found) {
    if (type.startsWith('=')) found.set(name, found.get(type.slice(1)) ?? ['string']);
  }
}

function write(release, suite, { found, read, missing }) {
  const questions = [...found].filter(([, [type]]) => askable.has(type)).sort(([a], [b]) => (a < b ? -1 : 1));
  const sorted = (object) => Object.fromEntries(Object.entries(object).sort());
  const table = {
    about: `Questions of the installer of Debian ${release} (${suite}, ${arch}): type, then the choices where they are fixed. Made by scripts/debian-questions.mjs.`,
    packages: sorted(read),
    missing: `The mirror that this was made from lacked: ${missing.join(', ')}`,
    questions: Object.fromEntries(questions.map(([name, parts]) => [name, parts.join(', ')])),
  };
  const path = new URL(`../plugins/debian/questions/${release}.json`, import.meta.url);
  writeFileSync(path, `${JSON.stringify(table, null, 2)}\n`);
  console.log(`${release}: ${questions.length} questions, ${missing.length} packages missing`);
}

async function eachOf(items, jobs, action) {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await action(item);
  };
  await Promise.all(Array.from({ length: jobs }, work));
}
