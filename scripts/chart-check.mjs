#!/usr/bin/env node
// Checks the chart with Helm 3 and 4: lint, unit tests and snapshots, every scenario of chart/ci against the schemas of
// the API, rules that always hold, and the table of README.md. Builds what it needs from Go modules, once.
//
// Usage: npm run chart:check -- [--cache DIRECTORY] [--update]
//   --cache   where programs and schemas are kept (~/.cache/serabut-chart)
//   --update  writes the snapshots of the unit tests afresh
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { brokenRules } from './chart/policy.mjs';
import { kubernetesVersions, makeSchemas, schemaLocations } from './chart/schemas.mjs';
import { findTools } from './chart/tools.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const chart = join(root, 'chart');
const { values } = parseArgs({
  options: {
    cache: { type: 'string', default: join(homedir(), '.cache/serabut-chart') },
    update: { type: 'boolean', default: false },
  },
});
const counts = { passed: 0, failed: 0 };

/** Reports one check, with what it said if it failed. */
function check(title, problems) {
  const ok = problems.trim() === '';
  counts[ok ? 'passed' : 'failed'] += 1;
  console.log(`${ok ? 'ok' : 'not ok'} - ${title}`);
  if (!ok) console.log(problems.trimEnd().replace(/^/gm, '  '));
}

/** Runs a program; what it printed is the problem if it failed. */
function run(command, args, input) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, input, encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${command} could not be run: ${error.message}`);
  return { stdout, problems: status === 0 ? '' : `${stdout}${stderr}` || `ended with ${status}` };
}

function unitTests({ 'helm-unittest': unittest }) {
  const { stdout, problems } = run(unittest, [
    '--strict',
    '--file',
    'tests/**/*_test.yaml',
    ...(values.update ? ['--update-snapshot'] : []),
    chart,
  ]);
  console.log(stdout.trimEnd().replace(/^/gm, '# '));
  const [, failed = '0', passed = '0'] =
    /^Tests: +(?:(\d+) failed, )?(?:\d+ errored, )?(\d+) passed/m.exec(stdout) ?? [];
  counts.passed += Number(passed);
  counts.failed += Number(failed);
  check('the unit tests of the templates', problems || (passed === '0' ? 'No test ran.' : ''));
}

/** One scenario with both Helms and all versions of Kubernetes. */
function scenario(file, tools) {
  const path = join(chart, 'ci', file);
  const { lan } = parse(readFileSync(path, 'utf8'));
  for (const [index, version] of kubernetesVersions.entries()) {
    const render = (helm) => run(helm, ['template', 'release', chart, '--namespace', 'boot', '--kube-version', version, '--values', path]); // biome-ignore format: one command
    const [three, four] = [render(tools.helm3), render(tools.helm4)];
    check(`${file}: Helm 3 and 4 render it for Kubernetes ${version}`, three.problems || four.problems || differences(three.stdout, four.stdout)); // biome-ignore format: one check
    const options = ['-strict', '-kubernetes-version', version, ...schemaLocations(values.cache)];
    check(`${file}: valid for Kubernetes ${version}`, run(tools.kubeconform, options, four.stdout).problems);
    if (index > 0) continue;
    const objects = objectsOf(four.stdout);
    check(`${file}: no rule is broken`, objects.flatMap((object) => brokenRules(object, lan.mode)).join('\n'));
    for (const helm of ['helm3', 'helm4'])
      check(`${file}: ${helm} lint`, run(tools[helm], ['lint', chart, '--strict', '--kube-version', version, '--values', path]).problems); // biome-ignore format: one check
  }
}

/** That the schemas refuse what the API does not know; else the checks above would say nothing. */
function controls(version, tools) {
  const container = { name: 'a', image: 'a:1', livenessProbe: { exec: { comand: ['true'] } } };
  control(version, tools, 'comand', { apiVersion: 'v1', kind: 'Pod', spec: { containers: [container] } });
  const monitor = { selector: {}, endpoints: [{ port: 'http', intervall: '30s' }] };
  control(version, tools, 'intervall', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    spec: monitor,
  });
}

function control(version, { kubeconform }, misspelt, object) {
  const options = ['-strict', '-kubernetes-version', version, ...schemaLocations(values.cache)];
  const { problems } = run(kubeconform, options, JSON.stringify({ ...object, metadata: { name: 'a' } }));
  check(`a misspelt field deep in a ${object.kind} is refused for Kubernetes ${version}`, problems.includes(misspelt) ? '' : `It was not: ${problems}`); // biome-ignore format: one check
}

function objectsOf(text) {
  return parseAllDocuments(text).map((document) => document.toJS()).filter((object) => object !== null); // biome-ignore format: one chain
}

/** The order of the documents is Helm's own; they themselves must be the same. */
function differences(one, other) {
  const [left, right] = [one, other].map((text) => objectsOf(text).map((object) => JSON.stringify(object)).sort()); // biome-ignore format: one chain
  const lone = [...left.filter((text) => !right.includes(text)), ...right.filter((text) => !left.includes(text))];
  return lone.join('\n');
}

try {
  const tools = findTools(values.cache);
  makeSchemas(values.cache);
  unitTests(tools);
  const scenarios = readdirSync(join(chart, 'ci')).filter((name) => name.endsWith('.yaml'));
  for (const file of scenarios) scenario(file, tools);
  for (const version of kubernetesVersions) controls(version, tools);
  check('the definitions of the kinds are those of core/resources', run(process.execPath, ['scripts/crds.mjs', '--check']).problems); // biome-ignore format: one check
  check('the table of chart/README.md is of values.yaml', run(process.execPath, ['scripts/chart-readme.mjs', '--check']).problems); // biome-ignore format: one check
} catch (error) {
  check('the check runs to its end', error.message);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
