// Makes a checkout ready to run: dependencies as the lock file says, then a build where one is asked for (`build`).
// Runs on the Node of the system, since the Node that the project brings along is one of the dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const path = `${root}node_modules/.bin${delimiter}${process.env.PATH}`;

/** Runs a command in the checkout with the project's own tools first in PATH; ends this process if it fails. */
function run(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  if (status !== 0) process.exit(status ?? 1);
}

const modifiedAt = (file) => (existsSync(root + file) ? statSync(root + file).mtimeMs : 0);
if (modifiedAt('node_modules/.package-lock.json') < modifiedAt('package-lock.json'))
  run('npm', 'ci', '--no-audit', '--no-fund');

if (process.argv[2] === 'build') run('node', 'scripts/build.mjs');
