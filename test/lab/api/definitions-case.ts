import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { kindsInCluster } from '../../../core/resources/crd.js';
import type { Report } from '../cases.js';
import { until } from '../cluster/until.js';
import type { ApiServer } from './api-server.js';

const directory = fileURLToPath(new URL('../../../../chart/files/crds/', import.meta.url));
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const objects = '/apis/serabut.io/v1alpha1/namespaces/boot';

interface Definition {
  readonly metadata: { readonly name: string };
}

/** Gives the API server the definitions that the chart ships, and waits until it serves the kinds. */
export async function applyDefinitions(api: ApiServer, report: Report): Promise<void> {
  for (const file of readdirSync(directory)) {
    const definition = parse(readFileSync(directory + file, 'utf8')) as Definition;
    const { status, body } = await api.ask('admin', 'POST', definitions, definition);
    report(`the API server takes the definition of ${definition.metadata.name}`, status === 201, body.message);
    const path = `${definitions}/${definition.metadata.name}`;
    const conditions = async () => ((await api.ask('admin', 'GET', path)).body.status?.conditions ?? []) as { type: string; status: string; message: string }[]; // biome-ignore format: one line
    const isServed = async () => (await conditions()).some(({ type, status }) => type === 'Established' && status === 'True'); // biome-ignore format: one line
    await until(definition.metadata.name, isServed, { seconds: 20, stopping: api.stopping });
    const odd = (await conditions()).find(({ type }) => type === 'NonStructuralSchema');
    report(`the schema of ${definition.metadata.name} is structural`, odd === undefined, odd?.message);
  }
  const last = Object.values(kindsInCluster).map(({ plural }) => plural);
  for (const plural of last) {
    const isThere = async () => (await api.ask('admin', 'GET', `${objects}/${plural}`)).status === 200;
    await until(plural, isThere, { seconds: 20, stopping: api.stopping });
  }
}
