import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}chart/${path}`, 'utf8');
const values = parse(read('values.yaml')) as Tree;
const schema = JSON.parse(read('values.schema.json')) as Schema;
const templates = globSync('templates/**/*', { cwd: `${root}chart` })
  .filter((path) => /\.(yaml|tpl|txt)$/.test(path))
  .map(read)
  .join('\n');

type Tree = { [name: string]: unknown };
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

/** Every path below a tree that is no map itself, or an empty one. */
function leaves(tree: Tree, path: string[] = []): string[][] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap && Object.keys(value).length > 0 ? leaves(value as Tree, [...path, name]) : [[...path, name]];
  });
}

/** The values that are given to the API as they are, at whatever depth. */
const passedOn = ['resources.limits', 'resources.requests'];
const isPassedOn = (path: string[]) => passedOn.some((part) => path.join('.').includes(`.${part}.`));
const known = leaves(values).filter((path) => !isPassedOn(path));

t.test('the schema knows every value, and no other', async (t) => {
  const described = (at: Schema, path: string[] = []): string[][] =>
    Object.entries(at.properties ?? {}).flatMap(([name, inner]) =>
      inner.properties === undefined || name === 'resources' ? [[...path, name]] : described(inner, [...path, name]),
    );
  const short = (paths: string[][]) => [...new Set(paths.map((path) => path.join('.')))].sort();
  const inValues = leaves(values).map((path) => path.slice(0, isPassedOn(path) ? -2 : undefined));
  const inSchema = described(schema).filter(([name]) => name !== 'global' && name !== 'enabled');
  t.strictSame(short(inSchema.map(ofResources)), short(inValues.map(ofResources)));
});

/** `resources` at the top holds Serabut's own objects: that it is one of two values is another test's matter. */
function ofResources(path: string[]): string[] {
  return path[0] === 'resources' ? ['resources'] : path;
}

t.test('every object of the schema with fields of its own is closed', async (t) => {
  const open: string[] = [];
  const look = (at: Schema, path: string): void => {
    if (at.properties !== undefined && at.additionalProperties !== false) open.push(path);
    for (const [name, inner] of Object.entries(at.properties ?? {})) look(inner, `${path}.${name}`);
    if (typeof at.additionalProperties === 'object') look(at.additionalProperties, `${path}.*`);
  };
  look(schema, 'values');
  t.strictSame(open, []);
});

/** Values over the defaults, as Helm joins them before it looks into the schema. */
function overDefaults(own: Tree, under: Tree = values): Tree {
  const isMap = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
  const joined = Object.entries(own).map(([name, value]) => {
    const before = under[name];
    return [name, isMap(value) && isMap(before) ? overDefaults(value, before) : value];
  });
  return { ...under, ...Object.fromEntries(joined) };
}

t.test('the defaults and all scenarios fit the schema; a misspelt or unfit value does not', async (t) => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  t.ok(validate(values), JSON.stringify(validate.errors));
  for (const file of globSync('ci/*.yaml', { cwd: `${root}chart` }))
    t.ok(validate(overDefaults(parse(read(file)))), `${file}: ${JSON.stringify(validate.errors)}`);
  const [, documented = ''] = [
    ...readFileSync(`${root}docs/first-machine.md`, 'utf8').matchAll(/```yaml\n(.*?)```/gs),
  ].map(([, yaml]) => yaml);
  t.match(parse(documented), { lan: { interface: 'eth1' } });
  t.ok(validate(overDefaults(parse(documented))), JSON.stringify(validate.errors));
  for (const unfit of [
    { lan: { interfaces: 'eth1' } },
    { lan: { interface: 'a-name-of-sixteen' } },
    { lan: { address: '192.168.88.2' } },
    { lan: { address: '192.168.88.300/24' } },
    { lan: { mac: '01:00:5e:00:53:01' } },
    { lan: { mode: 'ipvlan' } },
    { plugins: { builtIn: { alpine: true } } },
    { plugins: { custom: { 'Up/..': { configMap: 'a' } } } },
    { plugins: { custom: { a: { image: { reference: 'a:1' } } } } },
    { resources: { files: { 'web.txt': '' } } },
    { persistence: { iso: { size: '10 GB' } } },
    { persistence: { iso: { accessModes: ['ReadOnlyMany'] } } },
    { images: { server: { digest: 'sha256:12' } } },
    { server: { port: 0 } },
    { metrics: { enabled: true } },
    { metrics: { serviceMonitor: { interval: '30' } } },
    { metrics: { serviceMonitor: { labels: { a: 1 } } } },
    { squid: { cacheMegabytes: 10 } },
    { squid: { deniedNetworks: ['10.96.0.0'] } },
    { images: { server: { repository: 'registry.example.org/server:1' } } },
    { images: { registry: 'https://registry.example.org' } },
    { resources: null },
    { persistence: { iso: undefined } },
  ]) {
    t.notOk(validate(overDefaults(unfit)), JSON.stringify(unfit));
  }
});

t.test('every value is used by a template', async (t) => {
  const isNamed = (path: string[]) => new RegExp(`\\.Values\\.${path.join('\\.')}\\b`).test(templates);
  /** Its own name, or that of a map around it and then its last part. */
  const isUsed = (path: string[]) => {
    if (isNamed(path)) return true;
    const around = path.slice(0, -1).map((_, index) => path.slice(0, index + 1));
    const isPart = new RegExp(`[$.](?:\\w+\\.)?${path.at(-1)}\\b|"${path.at(-1)}"`).test(templates);
    return isPart && around.some(isNamed);
  };
  const unused = known.filter((path) => !isUsed(path) && !/^plugins\.builtIn\./.test(path.join('.')));
  t.strictSame(
    unused.map((path) => path.join('.')),
    [],
  );
  t.notOk(isUsed(['lan', 'nothing']));
});

t.test('the built-in plugins of the values are those that there are', async (t) => {
  const { plugins } = values as { plugins: { builtIn: Tree } };
  const there = globSync('plugins/*/index.ts', { cwd: root }).map((path) => path.split('/')[1]);
  t.strictSame(Object.keys(plugins.builtIn).sort(), there.sort());
});

t.test('each template has a unit test of its name', async (t) => {
  const names = (pattern: string, ending: RegExp) =>
    globSync(pattern, { cwd: `${root}chart` }).map((path) => path.replace(/^.*?\//, '').replace(ending, ''));
  const tests = names('tests/**/*_test.yaml', /_test\.yaml$/);
  const own = names('templates/**/*.{yaml,txt}', /\.(yaml|txt)$/);
  t.strictSame(tests.sort(), [...own, 'validate'].sort());
});

t.test('the chart is of the version of the package, and so are the images that it names', async (t) => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  const chart = parse(read('Chart.yaml')) as { appVersion: string; annotations: Record<string, string> };
  t.equal(chart.appVersion, version);
  const { images } = values as { images: Record<string, string | { repository: string; tag: string }> };
  const named = parse(chart.annotations['artifacthub.io/images'] ?? '') as { image: string }[];
  t.strictSame(
    named.map(({ image }) => image).sort(),
    Object.values(images)
      .filter((image) => typeof image === 'object')
      .map(({ repository }) => `${repository}:${version}`)
      .sort(),
  );
});

t.test('the pod is given more time to end than the server takes', async (t) => {
  const [, allowed] = /terminationGracePeriodSeconds: (\d+)\n/.exec(read('templates/deployment.yaml')) ?? [];
  const [, taken = ''] = /const endingMs = ([\d_]+);/.exec(readFileSync(`${root}core/main.ts`, 'utf8')) ?? [];
  t.ok(Number(taken.replaceAll('_', '')) > 0);
  t.ok(Number(allowed) * 1000 >= Number(taken.replaceAll('_', '')) + 5_000);
});
