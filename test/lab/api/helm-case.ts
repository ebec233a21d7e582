import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../cases.js';
import type { ApiServer } from './api-server.js';

const chart = fileURLToPath(new URL('../../../../chart', import.meta.url));
const namespace = 'helm';
const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/machines.serabut.io';
const machines = `/apis/serabut.io/v1alpha1/namespaces/${namespace}/machines`;

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Definitions that were there before Helm was are taken over by a release, upgraded with it, and stay when it goes. */
export async function checkHelm(api: ApiServer, report: Report): Promise<void> {
  await api.makeNamespace(namespace);
  const helm = (...args: string[]) => runHelm(api, args);
  const values = ['--namespace', namespace, '--set', 'lan.interface=eth1', '--set', 'lan.mode=host', '--set', 'store=kubernetes']; // biome-ignore format: one line
  const older = olderChart(api);
  const refused = await helm('install', 'release', older, ...values);
  report('a release does not take definitions that are not its own', /invalid ownership metadata/.test(refused.output), refused.status === 0 ? 'it did' : ''); // biome-ignore format: one line
  await takeOver(api);
  const installed = await helm('install', 'release', older, ...values);
  report(
    'it takes those that were given to it',
    installed.status === 0,
    installed.status === 0 ? '' : installed.output,
  );
  report('they are those of the chart', !(await columns(api)).includes('Phase'));
  const spec = { macs: ['52:54:00:12:34:56'] };
  await api.ask('admin', 'POST', machines, { apiVersion: 'serabut.io/v1alpha1', kind: 'Machine', metadata: { name: 'a' }, spec }); // biome-ignore format: one line
  const upgraded = await helm('upgrade', 'release', chart, ...values);
  report('helm upgrade upgrades them', (await columns(api)).includes('Phase'), upgraded.status === 0 ? '' : upgraded.output); // biome-ignore format: one line
  await helm('uninstall', 'release', '--namespace', namespace);
  report(
    'helm uninstall keeps them and their objects',
    (await api.ask('admin', 'GET', `${machines}/a`)).status === 200,
  );
  const again = await helm('install', 'release', chart, ...values);
  report('the same release can be installed again', again.status === 0, again.status === 0 ? '' : again.output);
  await helm('uninstall', 'release', '--namespace', namespace);
}

/** A chart whose Machines have one column less. */
function olderChart({ directory }: ApiServer): string {
  const copy = join(directory, 'chart');
  cpSync(chart, copy, { recursive: true });
  const file = join(copy, 'files/crds/machines.serabut.io.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/ {8}- name: Phase\n.*\n.*\n/, ''));
  return copy;
}

async function columns(api: ApiServer): Promise<string[]> {
  const { body } = await api.ask('admin', 'GET', definition);
  return (body.spec.versions[0].additionalPrinterColumns as { name: string }[]).map(({ name }) => name);
}

/** As chart/README.md says. */
async function takeOver(api: ApiServer): Promise<void> {
  const list = definition.slice(0, definition.lastIndexOf('/'));
  const { body } = await api.ask('admin', 'GET', list);
  const annotations = { 'meta.helm.sh/release-name': 'release', 'meta.helm.sh/release-namespace': namespace };
  const metadata = { annotations, labels: { 'app.kubernetes.io/managed-by': 'Helm' } };
  for (const { metadata: { name } } of body.items as { metadata: { name: string } }[]) await api.ask('admin', 'PATCH', `${list}/${name}`, { metadata }, 'application/merge-patch+json'); // biome-ignore format: one line
}

function runHelm(api: ApiServer, args: readonly string[]): Promise<Ended> {
  const account = api.account('admin');
  const kubeconfig = join(api.directory, 'kubeconfig');
  const cluster = { server: api.url, 'certificate-authority': join(account, 'ca.crt') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'api', cluster }],
    users: [{ name: 'admin', user: { token: readFileSync(join(account, 'token'), 'utf8') } }],
    contexts: [{ name: 'api', context: { cluster: 'api', user: 'admin' } }],
    'current-context': 'api',
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const child = spawn(join(api.binaries, 'helm'), [...args, '--kubeconfig', kubeconfig]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}
