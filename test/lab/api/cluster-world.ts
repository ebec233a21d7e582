import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkAndFill } from '../../../core/check.js';
import { newInstallation } from '../../../core/machines/attempts.js';
import { type MachineStatus, machineStatus } from '../../../core/resources/machine.js';
import type { Kept } from '../../faults/kept.js';
import { budget, type Plan } from '../../faults/plan.js';
import { Serving } from '../../faults/serving.js';
import type { World } from '../../faults/world.js';
import { miniIso, smallConfiguration } from '../../helpers/isos.js';
import type { ApiAnswer, ApiServer } from './api-server.js';

const paths = { Machine: 'machines', Installation: 'installations' } as const;

/** `serabut serve --kubernetes` on an API server that may be away, and a person who changes objects there. */
export class ClusterWorld implements World {
  readonly life = 1;
  readonly server: Serving;
  readonly #objects: string;

  private constructor(
    private readonly api: ApiServer,
    namespace: string,
    /** By which the server reaches the API server. */
    port: number,
  ) {
    const data = join(api.directory, `data-${namespace}`);
    mkdirSync(join(data, 'isos'), { recursive: true });
    writeFileSync(join(data, 'isos/mini.iso'), miniIso());
    this.#objects = `/apis/serabut.io/v1alpha1/namespaces/${namespace}`;
    const where = ['--api-host', '127.0.0.1', '--api-port', String(port), '--namespace', namespace];
    const options = ['--kubernetes', '--account', api.account('serabut'), ...where];
    this.server = new Serving(data, join(api.directory, 'compiled'), options);
  }

  static async make(api: ApiServer, namespace: string, port: number): Promise<ClusterWorld> {
    await api.makeNamespace(namespace);
    const world = new ClusterWorld(api, namespace, port);
    await world.#create('configurations', 'Configuration', 'small', smallConfiguration);
    await world.#create('bootprofiles', 'BootProfile', 'web', { distro: 'mini', configuration: 'small' });
    return world;
  }

  get stopping(): AbortSignal {
    return this.api.stopping;
  }

  async url(): Promise<string> {
    const url = await this.server.listening;
    if (url === undefined) throw new Error('the server has ended');
    return url;
  }

  async raise({ name, mac }: Plan, generation: number): Promise<void> {
    const spec = { bootProfile: 'web', install: { generation, attempts: budget } };
    const { status } = await this.#ask('PATCH', `machines/${name}`, { spec });
    if (status === 404) await this.#create('machines', 'Machine', name, { macs: [mac], ...spec });
  }

  /** A machine that nobody installs. */
  makeIdle(name: string, serial: string): Promise<void> {
    return this.#create('machines', 'Machine', name, { serial });
  }

  async remove(name: string): Promise<void> {
    await this.#ask('DELETE', `machines/${name}`);
  }

  async find<K extends Kept['kind']>(kind: K, name: string): Promise<Extract<Kept, { kind: K }> | undefined> {
    const { status, body } = await this.#ask('GET', `${paths[kind]}/${name}`);
    return status === 404 ? undefined : (keptOf(body) as Extract<Kept, { kind: K }>);
  }

  async all(): Promise<Kept[]> {
    const lists = await Promise.all(Object.values(paths).map((path) => this.#ask('GET', path)));
    return lists.flatMap(({ body }) => (body.items as unknown[]).map(keptOf));
  }

  async #create(path: string, kind: string, name: string, spec: object): Promise<void> {
    await this.#ask('POST', path, { apiVersion: 'serabut.io/v1alpha1', kind, metadata: { name }, spec });
  }

  /** Asks again while the API server is away. What was done without being answered is not done twice. */
  async #ask(method: string, path: string, body?: object): Promise<ApiAnswer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : undefined;
    for (;;) {
      const answer = await this.api.ask('admin', method, `${this.#objects}/${path}`, body, type).catch(() => undefined);
      this.stopping.throwIfAborted();
      if (answer !== undefined && isFinal(answer)) return answer;
      await sleep(100);
    }
  }
}

/** An API server that has just started has neither accounts nor definitions yet, and says so in several ways. */
function isFinal({ status, body }: ApiAnswer): boolean {
  return status < 400 || (status === 404 && body.details?.name !== undefined) || status === 409 || status === 422;
}

const empty = { Machine: checkAndFill<MachineStatus>(machineStatus, {}).value, Installation: newInstallation };

/** An object is made first, and its status written then: until then it has none. */
// biome-ignore lint/suspicious/noExplicitAny: an object of the API.
function keptOf({ kind, metadata, status }: any): Kept {
  const known = { ...empty[kind as Kept['kind']], ...status };
  return { kind, name: metadata.name, version: metadata.resourceVersion, status: known };
}
