import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Report } from '../cases.js';
import type { ApiServer, Who } from './api-server.js';

const chart = fileURLToPath(new URL('../../../../chart', import.meta.url));

/** The rules of the Role that the chart makes; undefined where there is no Helm. */
export function rulesOfChart(binaries: string): readonly object[] | undefined {
  const helm = join(binaries, 'helm');
  if (!existsSync(helm)) return undefined;
  const values = ['lan.interface=eth1', 'store=kubernetes', 'secrets={root-password}'].flatMap((one) => ['--set', one]);
  const args = [
    'template',
    'release',
    chart,
    '--kube-version',
    '1.34.0',
    '--show-only',
    'templates/rbac.yaml',
    ...values,
  ];
  const { status, stdout, stderr } = spawnSync(helm, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`helm failed: ${stderr}`);
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string; rules: object[] });
  return documents.find(({ kind }) => kind === 'Role')?.rules;
}

/** What the account of the server may do, and what it may not; tried in earnest. */
export async function checkRights(api: ApiServer, report: Report): Promise<void> {
  const namespace = await api.makeNamespace('rights');
  const core = `/api/v1/namespaces/${namespace}`;
  const own = `/apis/serabut.io/v1alpha1/namespaces/${namespace}`;
  const secret = (name: string) => ({ metadata: { name }, stringData: { hash: 'x' } });
  for (const name of ['root-password', 'other']) await api.ask('admin', 'POST', `${core}/secrets`, secret(name));
  const configuration = { apiVersion: 'serabut.io/v1alpha1', kind: 'Configuration', metadata: { name: 'c' }, spec: {} };
  await api.ask('admin', 'POST', `${own}/configurations`, configuration);
  const trials: readonly [status: number, method: string, path: string, body?: object][] = [
    [200, 'GET', `${core}/secrets/root-password`],
    [403, 'GET', `${core}/secrets/other`],
    [403, 'GET', `${core}/secrets`],
    [403, 'GET', `${core}/secrets?watch=true&timeoutSeconds=1`],
    [403, 'GET', '/api/v1/secrets'],
    [403, 'GET', '/api/v1/namespaces/boot/secrets/root-password'],
    [403, 'PUT', `${core}/secrets/root-password`, secret('root-password')],
    [403, 'GET', `${core}/configmaps`],
    [403, 'GET', `${core}/pods`],
    [403, 'GET', `${core}/events`],
    [200, 'GET', `${own}/configurations/c`],
    [403, 'PUT', `${own}/configurations/c`, configuration],
    [403, 'DELETE', `${own}/configurations/c`],
    [403, 'POST', `${own}/configurations`, configuration],
    [403, 'GET', '/apis/serabut.io/v1alpha1/machines'],
    [403, 'GET', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`],
    [403, 'GET', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/other`],
    [403, 'GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
    [403, 'POST', `${core}/serviceaccounts/default/token`, {}],
  ];
  const who: Who = 'serabut';
  for (const [wanted, method, path, body] of trials) {
    const { status } = await api.ask(who, method, path, body);
    report(`${method} ${path} is ${wanted === 200 ? 'allowed' : 'forbidden'}`, status === wanted, status === wanted ? '' : String(status)); // biome-ignore format: one line
  }
}
