// Puts together what the server's image is made of: the compiled program, what it needs at run time, and Node.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Fills a fresh directory for images/server/Containerfile. */
export function stageServer(root, directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, name), join(directory, name));
  for (const name of ['core', 'plugins'])
    cpSync(join(root, 'build', name), join(directory, 'build', name), { recursive: true });
  // Node, which the lock file has as an optional dependency for two processors, goes where every program finds it.
  const node = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
  if (!existsSync(node)) throw new Error(`There is no Node for an image of ${process.arch}: run npm ci.`);
  cpSync(node, join(directory, 'node'));
  const options = [
    '--omit=dev',
    '--omit=optional',
    '--ignore-scripts',
    '--no-bin-links',
    '--prefer-offline',
    '--silent',
  ];
  const { status } = spawnSync('npm', ['ci', ...options], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm ci could not get the dependencies of the server.');
  // Npm's own notes, with the addresses that the packages came from.
  rmSync(join(directory, 'node_modules/.package-lock.json'), { force: true });
}
