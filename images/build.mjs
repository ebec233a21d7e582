#!/usr/bin/env node
// Builds the container images with buildah. Wants a compiled program; `npm run images` compiles it before.
//
// Usage: npm run images -- [--base IMAGE] [--tag TAG] [--out DIRECTORY] [--push REGISTRY] [--anew]
//   --base  the image to stand on; Debian's own by default, and one made by mmdebstrap where that cannot be pulled
//   --tag   the version of this package by default
//   --out   writes each image as an archive that `ctr images import` and `podman load` take
//   --push  pushes each image to a registry, and path in it, to which `buildah login` has been
//   --anew  takes nothing from an earlier build
// Every date in the images is SOURCE_DATE_EPOCH, in seconds since 1970, or the date of the last commit.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBase } from './base.mjs';
import { stageServer } from './stage.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    tag: { type: 'string', default: version },
    out: { type: 'string' },
    push: { type: 'string' },
    anew: { type: 'boolean', default: false },
  },
});

// Inside a container of its own buildah can start no other; chroot needs no more than root.
process.env.BUILDAH_ISOLATION ??= 'chroot';
process.env.SOURCE_DATE_EPOCH ??= lastCommit();
const epoch = process.env.SOURCE_DATE_EPOCH;
const work = mkdtempSync(join(tmpdir(), 'serabut-images-'));
try {
  const base = findBase(values.base, values.anew);
  stageServer(root, join(work, 'server'));
  for (const name of ['server', 'dnsmasq', 'squid']) build(name, base);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}

/** The date of the last commit; without one, now. */
function lastCommit() {
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : String(Math.floor(Date.now() / 1000));
}

/** Where apt takes packages from during the build: a mount, which leaves nothing in the image. */
function aptSources({ sources }) {
  if (sources === undefined) return [];
  const file = join(work, 'debian.sources');
  writeFileSync(file, sources);
  return ['--volume', `${file}:/etc/apt/sources.list.d/debian.sources:ro`];
}

function build(name, base) {
  const image = `docker.io/library/serabut-${name}:${values.tag}`;
  const context = name === 'server' ? join(work, name) : join(root, 'images', name);
  buildah(
    ...['build', '--quiet', values.anew ? '--no-cache' : '--layers', ...aptSources(base)],
    // The programs in a build know the variable too: a user that is made has it as the day of its password.
    ...['--build-arg', `BASE=${base.image}`, '--build-arg', `SOURCE_DATE_EPOCH=${epoch}`, '--timestamp', epoch],
    ...['--label', `org.opencontainers.image.version=${version}`, '--tag', image],
    ...['--file', join(root, 'images', name, 'Containerfile'), context],
  );
  // One line for each name that the image has.
  const [size] = buildah('images', '--format', '{{.Size}}', image).split('\n');
  console.log(`serabut-${name}:${values.tag} ${size}`);
  if (values.out !== undefined) writeArchive(name, image);
  if (values.push !== undefined) push(image, `${values.push}/serabut-${name}:${values.tag}`);
}

/** An archive as `docker save` writes it. */
function writeArchive(name, image) {
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `serabut-${name}.tar`);
  rmSync(file, { force: true });
  buildah('push', '--quiet', image, `docker-archive:${file}:${image}`);
}

function push(image, reference) {
  buildah('push', '--quiet', image, `docker://${reference}`);
  console.log(`pushed as ${reference}`);
}

function buildah(...args) {
  const { status, error, stdout, stderr } = spawnSync('buildah', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`buildah could not be run (${error.message}); Debian's package is buildah.`);
  if (status !== 0) throw new Error(`buildah ${args[0]} failed:\n${stderr.slice(-2000)}`);
  return stdout;
}
