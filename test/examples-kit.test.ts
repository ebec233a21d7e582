import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { examinePlugin } from '../core/kit/examine.js';
import { buildApp } from './helpers/build-app.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = (name: string) => join(root, 'examples/plugins', name);

/** An empty directory outside of the project, where nothing of it can be found by chance. */
function outside(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-test-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Packs a package and installs the tarball as its user would, without a registry. */
function install(name: string, into: string): void {
  const npm = (...args: string[]) => execFileSync('npm', args, { cwd: into, encoding: 'utf8', stdio: 'pipe' });
  const [packed] = JSON.parse(npm('pack', '--json', '--pack-destination', into, example(name)));
  npm('install', '--prefix', into, '--offline', '--no-audit', '--no-fund', join(into, packed.filename));
}

/** Everything that the kit has against a plugin; that it has looked at its ISOs too. */
async function problemsOf(t: Test, directory: string): Promise<string[]> {
  const [seen, problems]: [string[], string[]] = [[], []];
  const report = (what: string, problem?: string) => (problem === undefined ? seen.push(what) : problems.push(problem));
  await examinePlugin(directory, { isos: [], listings: join(directory, 'listings'), report });
  t.match(seen.join('\n'), /\.iso is recognised as .*can be installed/s);
  return problems;
}

for (const [name, form] of [
  ['arch', 'without code'],
  ['alpine', 'in a directory'],
] as const) {
  t.test(`${name}, ${form}, passes the kit outside of the project`, async (t) => {
    const directory = join(outside(t), name);
    cpSync(example(name), directory, { recursive: true });
    t.strictSame(await problemsOf(t, directory), []);
  });
}

t.test('talos, from the tarball of its package, passes the kit in an empty directory', async (t) => {
  const directory = outside(t);
  install('talos', directory);
  t.strictSame(await problemsOf(t, join(directory, 'node_modules/serabut-plugin-talos')), []);
});

t.test('each of them comes into a running server that nobody restarts', async (t) => {
  const app = await buildApp(t);
  const plugins = join(app.data, 'plugins');
  mkdirSync(plugins, { recursive: true });
  cpSync(example('arch'), join(plugins, 'arch'), { recursive: true });
  cpSync(example('alpine'), join(plugins, 'alpine'), { recursive: true });
  install('talos', plugins);
  for (let tries = 0; tries < 150 && app.plugins.loaded.length < 6; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  t.strictSame(app.plugins.failed, []);
  t.strictSame(app.plugins.loaded.map(({ plugin }) => plugin.id).sort(), [
    'alpine',
    'arch',
    'debian',
    'fedora',
    'talos',
    'ubuntu',
  ]);
});

t.test('the types are published: an author sees a misspelt field before anything runs', async (t) => {
  const directory = outside(t);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(root, join(directory, 'node_modules/serabut'));
  const plugin = (field: string) => `import type { DistroPlugin } from 'serabut/plugin';
const plugin: DistroPlugin = {
  apiVersion: 'serabut/v1', id: 'x', recognise: [{ volumeId: 'X' }], automation: {},
  media: [{ edition: 'e', arch: 'x86_64', kernel: '/k', ${field}: '/i' }],
  boot: { render: (view) => view.url.kernel + view.configuration?.hostname },
};
export default plugin;
`;
  // What tap puts into the environment keeps the compiler from starting.
  const plainNode = ['-u', 'NODE_OPTIONS', process.execPath];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compile = (text: string) => {
    writeFileSync(join(directory, 'plugin.ts'), text);
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--preserveSymlinks',
      '--skipLibCheck',
      '--types',
      '',
    ];
    try {
      execFileSync('/usr/bin/env', [...plainNode, tsc, ...options, 'plugin.ts'], {
        cwd: directory,
        encoding: 'utf8',
      });
      return 'well';
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    }
  };
  t.equal(compile(plugin('initrd')), 'well');
  t.match(compile(plugin('inird')), /plugin\.ts\(4,\d+\): error TS\d+: .*'inird' does not exist in type 'Medium'/);
});
