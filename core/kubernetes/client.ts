import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { SerabutError } from '../errors.js';
import { Turns } from '../http/turns.js';

/** Where the API server is, and who asks it. */
export interface ClientOptions {
  /** Such as https://kubernetes.default.svc. */
  readonly server: string;
  /** The directory with `token`, `ca.crt` and, unless it is given, `namespace` of a service account. */
  readonly account: string;
  readonly namespace?: string | undefined;
  /** How long a request may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** The API server has answered, and not with what was asked for. */
export class ApiRefusal extends Error {
  constructor(
    /** The HTTP status. */
    readonly code: number,
    message: string,
  ) {
    super(`${code} ${message.slice(0, 1000)}`);
  }
}

/** A request with an object; JSON, unless it is a patch of another type. */
export interface Sent {
  readonly body: object;
  readonly type?: string;
}

/** How many requests are under way at once: each has a connection of its own. Watches are not counted. */
const atOnce = 32;

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A line of a watch: an object of 1.5 MiB, which is what etcd holds, and its frame. */
const lineLimit = 4 * 1024 * 1024;

/**
 * Asks the API server, in the name of a service account. The library sees to token, certificates and HTTP; its own watch
 * is not used, since it drops a line that it cannot read without a word.
 */
export class Client {
  readonly #turns = new Turns(atOnce);

  private constructor(
    readonly namespace: string,
    private readonly options: ClientOptions,
    private readonly library: typeof import('@kubernetes/client-node'),
    private readonly config: KubeConfig,
    private readonly dispatcher: ReturnType<InstanceType<typeof library.RequestContext>['getDispatcher']>,
  ) {}

  /** Throws SERABUT_ERR_BAD_REQUEST where no account or namespace is to be had. Nothing is asked yet. */
  static async make(options: ClientOptions): Promise<Client> {
    // The library is large: 90 MB of memory, which a server without Kubernetes is spared.
    const library = await import('@kubernetes/client-node');
    const { server, account } = options;
    const namespace = options.namespace ?? (await readAccount(account, 'namespace')).trim();
    await readAccount(account, 'token');
    const isPlain = server.startsWith('http:');
    const ca = isPlain ? {} : { caData: Buffer.from(await readAccount(account, 'ca.crt')).toString('base64') };
    const config = overHttp1(new library.KubeConfig());
    // The library reads the token again as it is exchanged.
    const authProvider = { name: 'tokenFile', config: { tokenFile: join(account, 'token') } };
    config.loadFromClusterAndUser(
      { name: 'cluster', server, skipTLSVerify: isPlain, ...ca },
      { name: 'account', authProvider },
    );
    const context = new library.RequestContext(server, 'GET');
    await config.applySecurityAuthentication(context);
    return new Client(namespace, options, library, config, context.getDispatcher());
  }

  /**
   * One request and its answer. Throws ApiRefusal when the API server refuses; whatever else is thrown, nothing is known:
   * it may have done what was asked.
   */
  async ask<T>(method: Verb, path: string, sent?: Sent): Promise<T> {
    await new Promise<void>((resolve) => this.#turns.ask(resolve));
    try {
      const signal = AbortSignal.timeout(this.options.timeoutMs ?? 10_000);
      const response = await this.#send(method, path, signal, sent);
      const text = await response.body.text();
      if (response.httpStatusCode >= 300) throw new ApiRefusal(response.httpStatusCode, messageOf(text));
      return parsed(text) as T;
    } finally {
      this.#turns.over();
    }
  }

  /** The lines of an answer that goes on and on, until it ends or is aborted. An unfinished last line is none. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send('GET', path, signal);
    if (response.httpStatusCode !== 200)
      throw new ApiRefusal(response.httpStatusCode, messageOf(await response.body.text()));
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body.stream() ?? []) {
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > lineLimit) throw new Error(`a line of more than ${lineLimit} characters`);
      yield* lines;
    }
  }

  async close(): Promise<void> {
    await this.dispatcher?.destroy();
  }

  async #send(method: Verb, path: string, signal: AbortSignal, sent?: Sent) {
    const { RequestContext, IsomorphicFetchHttpLibrary } = this.library;
    const context = new RequestContext(`${this.options.server}${path}`, method);
    await this.config.applySecurityAuthentication(context);
    // The library makes another one for each request, and with it another connection.
    if (this.dispatcher !== undefined) context.setDispatcher(this.dispatcher);
    context.setHeaderParam('accept', 'application/json');
    if (sent !== undefined) {
      context.setHeaderParam('content-type', sent.type ?? 'application/json');
      context.setBody(JSON.stringify(sent.body));
    }
    context.setSignal(signal);
    return new IsomorphicFetchHttpLibrary().send(context).toPromise();
  }
}

/**
 * Keeps the library from HTTP/2, over which it lets an error of a stream that is cut escape (undici 8.12): nobody can
 * catch it, and the process would end.
 */
function overHttp1(config: KubeConfig): KubeConfig {
  const optionsOf = config.createDispatcherOptions.bind(config);
  config.createDispatcherOptions = (cluster, agent) => {
    const options = optionsOf(cluster, agent);
    return options.type === 'agent' ? { ...options, connect: { ...options.connect, allowH2: false } } : options;
  };
  return config;
}

/** The error of JSON.parse would quote the text, which may be that of a Secret. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its answer is no JSON');
  }
}

/** What a Status of the API says, or the text of whoever else answered. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

function readAccount(account: string, name: string): Promise<string> {
  return readFile(join(account, name), 'utf8').catch((cause: unknown) => {
    const message = `there is no ${name} of a service account: the server runs in a pod that has one, or is told where it is`;
    throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message, { where: account, cause });
  });
}
