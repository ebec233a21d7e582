// The programs that check the chart, built once from their Go modules and kept.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Program → its module, version and package. */
const programs = {
  helm3: { module: 'helm.sh/helm/v3', version: 'v3.22.0', package: './cmd/helm' },
  helm4: { module: 'helm.sh/helm/v4', version: 'v4.3.1', package: './cmd/helm' },
  'helm-unittest': {
    module: 'github.com/helm-unittest/helm-unittest',
    version: 'v1.1.2',
    package: './cmd/helm-unittest',
  },
  kubeconform: { module: 'github.com/yannh/kubeconform', version: 'v0.8.0', package: './cmd/kubeconform' },
};

/** The least Go with which they build. It fetches no other one by itself where GOTOOLCHAIN is local. */
const leastGo = 'Go 1.26';

/** The paths of all programs; builds those that are missing. */
export function findTools(cache) {
  const tools = {};
  for (const [name, program] of Object.entries(programs)) {
    const directory = join(cache, 'bin', `${name}-${program.version}`);
    tools[name] = join(directory, name);
    if (existsSync(tools[name])) continue;
    console.log(`# building ${name} ${program.version}`);
    mkdirSync(directory, { recursive: true });
    // In the module's own directory, since `go install` takes no module that replaces parts of itself.
    go(['build', '-trimpath', '-ldflags=-s -w', '-o', tools[name], program.package], fetchModule(program).Dir);
  }
  return tools;
}

/** Downloads a module; `Dir` is where its files are. `modules` is where to put it, Go's own cache by default. */
export function fetchModule({ module, version }, modules) {
  return JSON.parse(go(['mod', 'download', '-json', `${module}@${version}`], undefined, modules));
}

function go(args, cwd, modules) {
  const env = { ...process.env, GOFLAGS: '-buildvcs=false -modcacherw', ...(modules && { GOMODCACHE: modules }) };
  const { status, error, stdout, stderr } = spawnSync('go', args, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (error !== undefined) {
    throw new Error(`There is no program go: install ${leastGo} or later. All other programs are built with it.`);
  }
  if (status === 0) return stdout;
  throw new Error(
    `go ${args.slice(0, 2).join(' ')} failed; it wants ${leastGo} and a module proxy:\n${stderr || stdout}`,
  );
}
