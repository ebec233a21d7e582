import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Test } from 'tap';
import type { ClientOptions } from '../../core/kubernetes/client.js';
import { type FakeObject, type FakeRequest, type Fault, Refusal } from './fake-cluster-request.js';

/** What of an API server a store needs, in memory, by plain HTTP on loopback. It can fail in the ways in which one does. */
export class FakeCluster {
  readonly requests: FakeRequest[] = [];
  /** Asked about each request before it is answered. */
  fault: (request: FakeRequest) => Fault | undefined = () => undefined;
  readonly #objects = new Map<string, FakeObject>();
  readonly #pages = new Map<string, FakeObject[]>();
  readonly #watches = new Map<ServerResponse, string>();
  readonly #sockets = new Set<Socket>();
  #history: { readonly version: number; readonly path: string; readonly line: string }[] = [];
  #version = 1000;
  #compacted = 0;
  #server: Server | undefined;
  #port = 0;

  constructor(readonly account: string) {}

  static async start(t: Test): Promise<FakeCluster> {
    const cluster = new FakeCluster(t.testdir({ token: 'the-token', namespace: 'boot\n' }));
    await cluster.up();
    t.teardown(() => cluster.down());
    return cluster;
  }

  get options(): ClientOptions {
    return { server: `http://127.0.0.1:${this.#port}`, account: this.account };
  }

  async up(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) =>
      this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket))),
    );
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** Ends all watches in the middle of whatever they say. */
  cutWatches(): void {
    for (const response of this.#watches.keys()) {
      this.#watches.delete(response);
      response.socket?.destroy();
    }
  }

  /** Ends all watches in order, as when their time is over. */
  endWatches(): void {
    for (const response of this.#watches.keys()) {
      this.#watches.delete(response);
      response.end();
    }
  }

  /** Says something to all watches of a kind. */
  say(plural: string, line: string): void {
    this.sayUnfinished(plural, `${line}\n`);
  }

  sayUnfinished(plural: string, text: string): void {
    for (const [response, path] of this.#watches) if (path.endsWith(`/${plural}`)) response.write(text);
  }

  /** Forgets what was, but for what is. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#version;
    this.#pages.clear();
  }

  /** Changes an object as somebody else does. */
  change(path: string, change: (object: FakeObject) => void): void {
    const object = structuredClone(this.#get(path));
    change(object);
    this.#keep(path, object, 'MODIFIED');
  }

  add(path: string, object: object): FakeObject {
    const name = path.split('/').at(-1) ?? '';
    const metadata = { name, uid: `uid-${++this.#version}`, resourceVersion: '' };
    return this.#keep(path, { ...structuredClone(object), metadata: { ...metadata, ...(object as Partial<FakeObject>).metadata } }, 'ADDED'); // biome-ignore format: one line
  }

  delete(path: string): void {
    const object = this.#get(path);
    this.#objects.delete(path);
    this.#keep(path, object, 'DELETED');
  }

  object(path: string): FakeObject | undefined {
    return this.#objects.get(path);
  }

  objects(plural: string): FakeObject[] {
    return [...this.#objects].flatMap(([path, object]) => (path.split('/').at(-2) === plural ? [object] : []));
  }

  #keep(path: string, object: FakeObject, type: string): FakeObject {
    const version = ++this.#version;
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    if (type !== 'DELETED') this.#objects.set(path, kept);
    const list = path.slice(0, path.lastIndexOf('/'));
    const line = JSON.stringify({ type, object: kept });
    this.#history.push({ version, path: list, line });
    for (const [response, watched] of this.#watches) if (watched === list) response.write(`${line}\n`);
    return kept;
  }

  #get(path: string): FakeObject {
    const object = this.#objects.get(path);
    if (object === undefined) throw new Refusal(404, `${path} not found`);
    return object;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = new URL(incoming.url ?? '', 'http://fake');
    const text = Buffer.concat(chunks).toString();
    const request = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      type: incoming.headers['content-type'] ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault === 'stalled') return;
    if (fault === 'reset') incoming.socket.destroy();
    else if (request.query.get('watch') === 'true' && fault === undefined) this.#watch(request, response);
    else this.#answer(request, response, fault);
  }

  #answer(request: FakeRequest, response: ServerResponse, fault: number | 'lost' | undefined): void {
    try {
      if (typeof fault === 'number') throw new Refusal(fault, 'as the test wants it');
      const answer = this.#act(request);
      if (fault === 'lost') response.socket?.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const { code = 500, message } = error as Refusal;
      response.writeHead(code).end(JSON.stringify({ kind: 'Status', code, message }));
    }
  }

  #watch({ path, query }: FakeRequest, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from < this.#compacted) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } })}\n`);
      return;
    }
    this.#watches.set(response, path);
    response.once('close', () => this.#watches.delete(response));
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#version) } } };
    const missed = this.#history.filter((event) => event.version > from && event.path === path);
    response.write(`${[...missed.map(({ line }) => line), JSON.stringify(bookmark)].join('\n')}\n`);
  }

  #act(request: FakeRequest): unknown {
    const { method, path, body } = request;
    const [, object = path, status] = /^(.*?)(\/status)?$/.exec(path) ?? [];
    const isStatus = status !== undefined;
    if (method === 'GET') return this.#objects.get(path) ?? this.#list(request);
    if (method === 'POST') return this.#create(path, body);
    const before = this.#get(object);
    if (method === 'DELETE') return this.#remove(object, before, body?.preconditions ?? {});
    if (method === 'PUT') return this.#put(object, before, body, isStatus);
    if (isStatus) return this.#keep(object, { ...before, status: body.status }, 'MODIFIED');
    if (request.type === 'application/merge-patch+json') return this.#annotate(object, before, body.metadata);
    const [{ value: resourceVersion }, { value: spec }] = body as [{ value: string }, { value: object }];
    return this.#put(object, before, { ...before, metadata: { ...before.metadata, resourceVersion }, spec }, false);
  }

  #annotate(path: string, { metadata, ...rest }: FakeObject, wanted: FakeObject['metadata']): FakeObject {
    if (wanted.resourceVersion !== metadata.resourceVersion) throw new Refusal(409, 'the object has been modified');
    const annotations = { ...(metadata.annotations as object), ...(wanted.annotations as object) };
    return this.#keep(path, { ...rest, metadata: { ...metadata, annotations } }, 'MODIFIED');
  }

  #list({ path, query }: FakeRequest): unknown {
    const last = path.split('/').at(-1) ?? '';
    if (!/^[a-z]+s$/.test(last)) throw new Refusal(404, `${path} not found`);
    const next = query.get('continue');
    const inList = (at: string) => at.slice(0, at.lastIndexOf('/')) === path;
    const all =
      next === null ? [...this.#objects].flatMap(([at, one]) => (inList(at) ? [one] : [])) : this.#pages.get(next);
    if (all === undefined) throw new Refusal(410, 'the continue parameter is too old');
    const limit = Number(query.get('limit') ?? all.length);
    const version = next?.split('.')[0] ?? String(this.#version);
    const rest = all.slice(limit);
    const token = rest.length > 0 ? `${version}.${rest.length}` : undefined;
    if (token !== undefined) this.#pages.set(token, rest);
    return { metadata: { resourceVersion: version, continue: token }, items: all.slice(0, limit) };
  }

  #create(path: string, body: FakeObject): FakeObject {
    const { status: _, ...rest } = body;
    const { generateName, name = `${generateName}${this.#version}` } = body.metadata as { generateName?: string; name?: string }; // biome-ignore format: one line
    if (this.#objects.has(`${path}/${name}`)) throw new Refusal(409, `${name} already exists`);
    return this.add(`${path}/${name}`, rest);
  }

  #put(path: string, before: FakeObject, body: FakeObject, isStatus: boolean): FakeObject {
    const wanted = body.metadata.resourceVersion;
    if (wanted !== before.metadata.resourceVersion) throw new Refusal(409, 'the object has been modified');
    const own = isStatus
      ? { ...before, status: body.status }
      : { ...body, metadata: before.metadata, status: before.status };
    return this.#keep(path, JSON.parse(JSON.stringify(own)), 'MODIFIED');
  }

  #remove(path: string, before: FakeObject, { resourceVersion }: { resourceVersion?: string }): unknown {
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
      throw new Refusal(409, 'the object has been modified');
    if (before.metadata.finalizers !== undefined)
      return this.#keep(path, { ...before, metadata: { ...before.metadata, deletionTimestamp: 'now' } }, 'MODIFIED');
    this.delete(path);
    return { kind: 'Status', status: 'Success' };
  }
}
