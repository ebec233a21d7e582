import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t, { type Test } from 'tap';
import { specOfMachine, statusOfMachine } from '../core/resources/store-conformance.js';
import { type AppOptions, buildApp, resources, type TestApp } from './build-app.js';
import { miniIso, smallConfiguration } from './isos.js';

export const token = 'correct-horse-battery';
export const bearer = { authorization: `Bearer ${token}` };
export const mac = (n: number) => `52:54:00:00:00:0${n}`;

const files = {
  'isos/mini.iso': miniIso(),
  'isos/odd.iso': Buffer.alloc(100),
  'resources/all.yaml': resources(
    { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
    { kind: 'Image', name: 'absent', spec: { type: 'iso', path: 'absent.iso' } },
    { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'mini' } },
    { kind: 'Configuration', name: 'web', spec: smallConfiguration },
    { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
    { kind: 'BootProfile', name: 'lost', spec: { distro: 'gone', configuration: 'web' } },
    { kind: 'BootProfile', name: 'bare', spec: { distro: 'debian-13', configuration: 'none' } },
    { kind: 'Machine', name: 'web-1', spec: { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } } },
  ),
  'plugins/broken/plugin.yaml': 'apiVersion: 1\n',
};

/** What the routes answer is checked against the document that describes them, in each test. */
export class Api {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly seen = new Set<string>();
  constructor(
    readonly app: TestApp,
    readonly document: Document,
  ) {
    this.#ajv.addSchema({ $id: 'api', ...document });
  }

  async ask(method: 'GET' | 'POST' | 'DELETE', url: string, { headers = {}, payload }: Asked = {}) {
    const sent = payload === undefined ? {} : { payload };
    const answer = await this.app.server.inject({ method, url: `/api/v1${url}`, headers, ...sent });
    const { statusCode, body } = answer;
    const json = body === '' ? undefined : answer.json();
    this.#check(method, url, statusCode, json);
    return { status: statusCode, json, headers: answer.headers, body };
  }

  #check(method: string, url: string, status: number, json: unknown): void {
    const path = url.split('?')[0]?.replace(/^\/machines\/[^/]+/, '/machines/{name}') ?? '';
    const operation = this.document.paths[`/api/v1${path}`]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${method} ${path} is not described`);
    this.seen.add(`${method} ${path}`);
    const response = operation.responses[status] ?? operation.responses.default;
    if (status === 204) return;
    const schema = response?.content?.['application/json']?.schema;
    if (schema === undefined) throw new Error(`${method} ${path} ${status} is not described`);
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
    if (!this.#ajv.validate(local, json)) throw new Error(`${method} ${url}: ${this.#ajv.errorsText()}`);
  }
}

interface Asked {
  readonly headers?: Record<string, string>;
  readonly payload?: object;
}
interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
export interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: object;
}

export const secrets = t.testdir({ tokens: `anna:${token}\n`, wrong: 'anna:short' });
const tokenFile = join(secrets, 'tokens');

export async function serve(t: Test, settings: AppOptions['settings'] = {}) {
  const app = await buildApp(t, { files, settings: { operatorTokenFile: tokenFile, ...settings } });
  return new Api(app, (await app.server.inject('/api/v1/openapi.json')).json() as Document);
}

/** A machine that was discovered. */
export async function discover({ app }: Api, name: string, n: number, proposal: string | null = null): Promise<void> {
  const status = statusOfMachine({
    discovered: true,
    phase: 'Discovered',
    proposal: proposal === null ? null : { rule: 'all', bootProfile: proposal },
  });
  await app.store.create('Machine', name, specOfMachine({ macs: [mac(n)] }), status);
}
