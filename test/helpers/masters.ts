import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MakeIsoOptions, makeIso } from './make-iso.js';
import type { Source } from './master-trees.js';
import { missing, writeTree } from './trees.js';

/** An image that a mastering program makes. */
export interface Master {
  /** Unique; also the name of the image's file. */
  readonly name: string;
  readonly program: 'xorriso' | 'genisoimage' | 'pycdlib' | 'our own generator';
  /** Which names of the image are to be used: Rock Ridge, Joliet, those of ISO 9660:1999, or what is always there. */
  readonly names: 'rock-ridge' | 'joliet' | 'enhanced' | 'plain';
  /** What is put into the image. */
  readonly source: Source;
  /** All of the source is in the image, under the same names. */
  readonly holdsSource: boolean;
  /** Where another program does not read the image as it is specified to be. */
  readonly doubts?: readonly Doubt[];
  /** Makes the image of the files below a directory; those of pycdlib are made all at once. */
  readonly make?: (image: string, source: string) => void;
}

export interface Doubt {
  readonly oracle: 'bsdtar' | 'xorriso';
  /** The paths about which the oracle is not asked. */
  readonly about: RegExp;
  readonly because: string;
}

type Names = Master['names'];

/** Why what a program makes cannot be made here; false if it can. Asked once, since starting programs takes time. */
const cannotUse = new Map<Master['program'], string | false>([['our own generator', false]]);

export function cannotMake({ program }: Pick<Master, 'program'>): string | false {
  const known = cannotUse.get(program) ?? (program === 'pycdlib' ? missingPycdlib() : missing(program));
  cannotUse.set(program, known);
  return known;
}

function missingPycdlib(): string | false {
  const { status } = spawnSync('python3', ['-c', 'import pycdlib'], { stdio: 'ignore' });
  return status !== 0 && 'pycdlib not installed';
}

/** Makes all images that can be made here, as `name.iso`. Returns them, each with what went wrong. */
export async function makeImages(
  masters: readonly Master[],
  directory: string,
): Promise<Map<Master, Error | undefined>> {
  const made = new Map<Master, Error | undefined>();
  for (const master of masters.filter((master) => !cannotMake(master) && master.make !== undefined)) {
    made.set(master, await makeImage(master, directory).catch((error: Error) => error));
  }
  const byPycdlib = masters.filter((master) => !cannotMake(master) && master.make === undefined);
  const failure = byPycdlib.length > 0 ? makeByPycdlib(byPycdlib, directory) : undefined;
  for (const master of byPycdlib) made.set(master, failure);
  return made;
}

async function makeImage({ name, source, make }: Master, directory: string): Promise<undefined> {
  const files = mkdtempSync(join(directory, 'source-'));
  await writeTree(files, source);
  make?.(join(directory, `${name}.iso`), files);
  rmSync(files, { recursive: true });
}

/** Writes what functions of the script make into a directory, each as `pycdlib NAME.iso`. */
export function makeByPycdlib(images: readonly { readonly name: string }[], directory: string): Error | undefined {
  try {
    run('python3', [pycdlibScript, directory, ...images.map(({ name }) => name.replace('pycdlib ', ''))]);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

const pycdlibScript = fileURLToPath(new URL('../../../test/helpers/pycdlib-isos.py', import.meta.url));

/** Dates are those of a fixed moment, so that an image is the same each time it is made. */
export function run(program: string, args: readonly string[]): void {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', SOURCE_DATE_EPOCH: '1767323045' };
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env, timeout: 20_000 });
}

export function xorriso(name: string, names: Names, options: string, source: Source, ...doubts: Doubt[]): Master {
  const rockRidge = names === 'rock-ridge' ? [] : ['--norock'];
  const words = ['-stdio_sync', 'off', '-as', 'mkisofs', ...rockRidge, ...options.split(' '), '-no-pad', '-o'];
  const make = (image: string, directory: string) => run('xorriso', [...words, image, directory]);
  return { name: `xorriso ${name}`, program: 'xorriso', names, source, holdsSource: names !== 'plain', doubts, make };
}

export function genisoimage(name: string, names: Names, options: string, source: Source, ...doubts: Doubt[]): Master {
  const words = ['-quiet', ...options.split(' '), '-no-pad', '-o'];
  const make = (image: string, directory: string) => run('genisoimage', [...words, image, directory]);
  const holdsSource = names !== 'plain';
  return { name: `genisoimage ${name}`, program: 'genisoimage', names, source, holdsSource, doubts, make };
}

export function pycdlib(name: string, names: Names, source: Source = {}, ...doubts: Doubt[]): Master {
  return { name: `pycdlib ${name}`, program: 'pycdlib', names, source, holdsSource: true, doubts };
}

/** Sessions one after the other in one image; each is a list of commands. */
export function sessions(
  name: string,
  source: Source,
  commands: readonly (readonly string[])[],
  ...doubts: Doubt[]
): Master {
  const make = (image: string, directory: string) => {
    for (const [index, session] of commands.entries()) {
      const words = session.map((word) => word.replace('SOURCE', directory));
      run('xorriso', ['-stdio_sync', 'off', index === 0 ? '-outdev' : '-dev', image, ...words, '-commit']);
    }
  };
  const holdsSource = !commands.flat().includes('-rm_r');
  return { name: `xorriso ${name}`, program: 'xorriso', names: 'rock-ridge', source, holdsSource, doubts, make };
}

/** An image of the generator that the other tests use. */
export function own(name: string, source: Source, options: MakeIsoOptions, ...doubts: Doubt[]): Master {
  const make = (image: string) => writeFileSync(image, makeIso(source, options));
  const names = options.rockRidge === false ? 'joliet' : 'rock-ridge';
  const program = 'our own generator';
  return { name: `${program} ${name}`, program, names, source, holdsSource: true, doubts, make };
}

/** With names that are several names of one file. */
export function hardLinked(master: Master): Master {
  const make = (image: string, directory: string) => {
    mkdirSync(join(directory, 'linked'));
    const [file] = Object.keys(master.source);
    for (const name of ['one', 'two', 'three'])
      run('ln', [join(directory, file ?? ''), join(directory, 'linked', name)]);
    master.make?.(image, directory);
  };
  return { ...master, make };
}
