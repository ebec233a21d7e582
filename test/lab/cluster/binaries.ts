import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type GoModule, modules } from './modules.js';

const exec = promisify(execFile);

/** What a pod's sandbox runs: it waits, and ends when it is asked to. */
const pause = `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGINT, syscall.SIGTERM)
	<-asked
}
`;
export const pauseImage = 'localhost/lab-pause:1';

/** Builds what the cluster is made of, as far as an earlier run has not; returns the directory of the programs. */
export async function prepareBinaries(cache: string, stopping: AbortSignal): Promise<string> {
  const directory = join(cache, 'bin');
  mkdirSync(directory, { recursive: true });
  await exec('go', ['version']).catch(() => {
    throw new Error('The lab builds Kubernetes out of its Go modules: it needs Go (https://go.dev/dl), 1.25 or newer.');
  });
  for (const module of modules) {
    await once(directory, module.name, JSON.stringify(module), async (work) => {
      console.log(`# building ${Object.keys(module.programs).join(', ')}`);
      await buildModule(module, work, directory, stopping);
    });
  }
  await once(directory, 'pause', pause, (work) => buildPause(work, join(directory, 'pause.tar'), stopping));
  return directory;
}

/** Does a work if no earlier run has done it by the same recipe. */
async function once(
  directory: string,
  name: string,
  recipe: string,
  make: (work: string) => Promise<void>,
): Promise<void> {
  const stamp = join(directory, `${name}.made-by`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe) return;
  const work = mkdtempSync(join(tmpdir(), 'serabut-lab-'));
  try {
    await make(work);
    writeFileSync(stamp, recipe);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Builds in a module that only wants the published one: `go install` refuses those that replace their parts. */
async function buildModule(
  { name, module, version, programs, variables = {}, parts }: GoModule,
  work: string,
  directory: string,
  stopping: AbortSignal,
): Promise<void> {
  const go = async (...args: string[]): Promise<string> =>
    (await exec('go', args, { cwd: work, signal: stopping, maxBuffer: 2 ** 26 })).stdout;
  const imports = Object.values(programs).map((path) => `import _ "${path}"\n`);
  writeFileSync(join(work, 'tools.go'), `//go:build tools\n\npackage tools\n\n${imports.join('')}`);
  writeFileSync(join(work, 'go.mod'), `module lab/${name}\n\ngo 1.25\n\nrequire ${module} ${version}\n`);
  if (parts !== undefined)
    await replaceParts(work, parts, JSON.parse(await go('mod', 'download', '-json', `${module}@${version}`)));
  // A main package cannot be imported; that is all that -e forgives here.
  await go('mod', 'tidy', '-e');
  const flags = ['-s', '-w', ...Object.entries(variables).map(([key, value]) => `-X ${key}=${value}`)];
  for (const [program, path] of Object.entries(programs)) {
    stopping.throwIfAborted();
    await go('build', '-trimpath', '-ldflags', flags.join(' '), '-o', join(work, program), path);
    renameSync(join(work, program), join(directory, program));
  }
}

async function replaceParts(
  work: string,
  { prefix, version }: { prefix: string; version: string },
  { GoMod }: { GoMod: string },
): Promise<void> {
  const folders = readFileSync(GoMod, 'utf8').matchAll(/^\s+(\S+) => \.\/staging/gm);
  const lines = [...folders].map(([, part]) => part ?? '').filter((part) => part.startsWith(prefix));
  const replaced = lines.map((part) => `replace ${part} => ${part} ${version}\n`);
  writeFileSync(join(work, 'go.mod'), `${readFileSync(join(work, 'go.mod'), 'utf8')}\n${replaced.join('')}`);
}

async function buildPause(work: string, archive: string, stopping: AbortSignal): Promise<void> {
  writeFileSync(join(work, 'main.go'), pause);
  writeFileSync(join(work, 'go.mod'), 'module lab/pause\n\ngo 1.25\n');
  writeFileSync(join(work, 'Containerfile'), 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n');
  const options = { cwd: work, signal: stopping };
  const env = { ...process.env, CGO_ENABLED: '0', BUILDAH_ISOLATION: 'chroot' };
  await exec('go', ['build', '-ldflags', '-s -w', '-o', 'pause', '.'], { ...options, env });
  await exec('buildah', ['build', '--quiet', '--tag', pauseImage, '.'], { ...options, env });
  rmSync(archive, { force: true });
  await exec('buildah', ['push', '--quiet', pauseImage, `docker-archive:${archive}:${pauseImage}`], options);
}
