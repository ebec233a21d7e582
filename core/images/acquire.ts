import { rm } from 'node:fs/promises';
import { SerabutError } from '../errors.js';
import type { ImageSpec } from '../resources/image.js';
import { type Download, download } from './download.js';
import { renameDurably } from './durable.js';
import { Digester, type Digests, digestFile } from './hash-file.js';
import { type Expected, expectedOf } from './published.js';
import { type FileRecord, factsOf, type ImageDirectory, isSame, wantOf } from './record.js';

/** What is to become the file of an Image. */
export interface Acquisition extends Omit<Download, 'url' | 'part' | 'expected'> {
  readonly directory: ImageDirectory;
  /** The name of the file. */
  readonly name: string;
  readonly image: string;
  readonly spec: ImageSpec;
  /** Where the keyrings are. */
  readonly keyrings: string;
  readonly now: () => number;
}

/**
 * Sees to it that the file of an Image is there and is what it should be: downloads it, or looks at what somebody has
 * put there. What was there before stays until a download is verified. Throws the errors of {@link download} and
 * {@link expectedOf}, SERABUT_ERR_IMAGE_DIFFERS and SERABUT_ERR_IMAGE_IN_THE_WAY.
 */
export async function acquire(task: Acquisition): Promise<FileRecord> {
  const { directory, name, spec, fetching } = task;
  await directory.prepare();
  await finishRename(directory, name);
  const expected = await expectedOf(spec, task.keyrings, fetching);
  const known = await directory.known(name);
  if (known?.owned && isWanted(known, spec, expected)) return rememberAs(task, known, expected);
  const isStrange = known?.owned !== true && (await factsOf(directory.file(name))) !== undefined;
  if (isStrange || spec.url === undefined) return adopt(task, expected);
  const part = directory.part(name);
  const { digests } = await download({ ...task, url: spec.url, part, expected });
  if (expected !== undefined && digests[expected.algorithm] !== expected.digest) {
    await part.discard();
    throw differs(`what ${spec.url} sent was thrown away`, digests, expected);
  }
  return putInPlace(task, digests, expected);
}

/** Whether the file that was downloaded is the one: of this very spec, or with the same bytes from elsewhere. */
function isWanted({ want, sha256 }: FileRecord, spec: ImageSpec, expected: Expected | undefined): boolean {
  return want === wantOf(spec) || (expected?.algorithm === 'sha256' && expected.digest === sha256);
}

async function rememberAs(task: Acquisition, known: FileRecord, expected: Expected | undefined): Promise<FileRecord> {
  const { image, spec } = task;
  const now = { ...known, image, want: wantOf(spec), keep: spec.keep };
  const record = expected === undefined ? now : { ...now, expected };
  await task.directory.remember(task.name, record);
  return record;
}

/** The record goes first: a restart between the two finishes the rename, and the old file never becomes a stranger's. */
async function putInPlace(task: Acquisition, digests: Digests, expected: Expected | undefined): Promise<FileRecord> {
  const { directory, name } = task;
  const record = await recordOf(task, directory.part(name).path, { digests, expected, owned: true });
  await directory.remember(name, record);
  await finishRename(directory, name);
  return record;
}

/** Puts a whole and verified download into its place: the part file that the record is of. */
export async function finishRename(directory: ImageDirectory, name: string): Promise<void> {
  const part = directory.part(name);
  const [record, facts] = await Promise.all([directory.record(name), factsOf(part.path)]);
  if (!record?.owned || facts === undefined || !isSame(record.file, facts)) return;
  await renameDurably(part.path, directory.file(name));
  await part.forgetOrigin();
}

/** A file that somebody put there is taken as it is, if it is the image; it is never replaced or removed. */
async function adopt(task: Acquisition, expected: Expected | undefined): Promise<FileRecord> {
  const { directory, name, spec, fetching, throttle } = task;
  const path = directory.file(name);
  const digester = new Digester(expected?.algorithm);
  await digestFile(path, digester, { signal: fetching.signal, throttle });
  const digests = digester.digests();
  if (expected === undefined || digests[expected.algorithm] === expected.digest) {
    const record = await recordOf(task, path, { digests, expected, owned: false });
    await directory.remember(name, record);
    if (spec.url !== undefined) await directory.part(name).discard();
    return record;
  }
  if (spec.url === undefined) throw differs(`the file ${path}`, digests, expected);
  const { message } = differs(
    `${path} was put there by somebody, or was changed since it was downloaded, and is not the image`,
    digests,
    expected,
  );
  throw new SerabutError('SERABUT_ERR_IMAGE_IN_THE_WAY', message, { where: path, retryAfter: 3600 });
}

interface Found {
  readonly digests: Digests;
  readonly expected: Expected | undefined;
  readonly owned: boolean;
}

async function recordOf(task: Acquisition, path: string, { digests, expected, owned }: Found): Promise<FileRecord> {
  const file = await factsOf(path);
  if (file === undefined) throw new SerabutError('SERABUT_ERR_FILE_CHANGED', 'the file was removed', { where: path });
  const now = task.now();
  return {
    image: task.image,
    want: wantOf(task.spec),
    file,
    sha256: digests.sha256,
    ...(expected === undefined ? {} : { expected }),
    owned,
    keep: task.spec.keep,
    since: now,
    checked: now,
  };
}

function differs(what: string, digests: Digests, { algorithm, digest, by }: Expected): SerabutError {
  const message = `${what}: its ${algorithm} is ${digests[algorithm]}, but ${digest} is expected (by ${by})`;
  return new SerabutError('SERABUT_ERR_IMAGE_DIFFERS', message, { retryAfter: 6 * 3600 });
}

/** Removes a file that this server downloaded, and what is known of it. */
export async function removeOwned(directory: ImageDirectory, name: string): Promise<boolean> {
  const known = await directory.known(name);
  if (known?.owned) await rm(directory.file(name), { force: true });
  await directory.forget(name);
  return known?.owned === true;
}
