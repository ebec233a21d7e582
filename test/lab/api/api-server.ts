import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientOptions } from '../../../core/kubernetes/client.js';
import { until } from '../cluster/until.js';
import { LoggedProcess } from '../process-log.js';

/** What the API server answered. */
export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: objects of the API, as a test looks at them.
  readonly body: any;
}

/** Who asks: the one who may do anything, or an account with the rights that its RoleBinding gives. */
const serverAccount = 'the-server';
export type Who = 'admin' | 'serabut';

/** An etcd and a kube-apiserver on loopback, and nothing else of a cluster. */
export class ApiServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'serabut-api-'));
  #etcd: LoggedProcess | undefined;
  #api: LoggedProcess | undefined;
  #etcdPort = 0;
  port = 0;

  constructor(
    readonly binaries: string,
    readonly stopping: AbortSignal,
    /** What the account of the server may do in its namespaces. */
    readonly rules: readonly object[],
  ) {}

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The directory with token, ca.crt and namespace, as a pod has it. */
  account(who: Who): string {
    return join(this.directory, who);
  }

  clientOptions(who: Who, namespace: string): ClientOptions {
    return { server: this.url, account: this.account(who), namespace };
  }

  /** Makes a namespace in which the account of the server has the rights that the chart gives it. */
  async makeNamespace(name: string): Promise<string> {
    await this.ask('admin', 'POST', '/api/v1/namespaces', { metadata: { name } });
    const access = `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}`;
    await this.ask('admin', 'POST', `${access}/roles`, { metadata: { name: 'serabut' }, rules: this.rules });
    await this.ask('admin', 'POST', `${access}/rolebindings`, {
      metadata: { name: 'serabut' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'serabut' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: serverAccount }],
    });
    return name;
  }

  async start(): Promise<void> {
    const [etcd = 0, peer = 0, api = 0] = await freePorts(3);
    [this.#etcdPort, this.port] = [etcd, api];
    makeKeys(this.directory);
    for (const who of ['admin', 'serabut'] as const) {
      mkdirSync(this.account(who));
      writeFileSync(join(this.account(who), 'token'), `token-of-${who}`);
      writeFileSync(join(this.account(who), 'namespace'), 'boot');
      writeFileSync(join(this.account(who), 'ca.crt'), readFileSync(join(this.directory, 'ca.crt')));
    }
    writeFileSync(
      join(this.directory, 'tokens.csv'),
      `token-of-admin,admin,1,system:masters\ntoken-of-serabut,${serverAccount},2\n`,
    );
    const url = `http://127.0.0.1:${etcd}`;
    this.#etcd = new LoggedProcess(
      join(this.binaries, 'etcd'),
      [
        ...['--data-dir', join(this.directory, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
      ],
      join(this.directory, 'etcd.log'),
    );
    await this.startApi();
    await this.ask('admin', 'POST', '/api/v1/namespaces', { metadata: { name: 'boot' } });
  }

  async startApi(): Promise<void> {
    const key = (name: string) => join(this.directory, name);
    this.#api = new LoggedProcess(
      join(this.binaries, 'kube-apiserver'),
      [
        ...['--etcd-servers', `http://127.0.0.1:${this.#etcdPort}`, '--service-cluster-ip-range', '10.96.0.0/16'],
        ...['--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1', '--secure-port', String(this.port)],
        ...['--authorization-mode', 'RBAC', '--token-auth-file', key('tokens.csv')],
        ...['--tls-cert-file', key('ca.crt'), '--tls-private-key-file', key('ca.key')],
        ...[
          '--service-account-key-file',
          key('accounts.pub'),
          '--service-account-signing-key-file',
          key('accounts.key'),
        ],
        ...['--service-account-issuer', 'https://kubernetes.default.svc', '--endpoint-reconciler-type', 'none'],
      ],
      join(this.directory, 'api.log'),
    );
    const isReady = () => this.ask('admin', 'GET', '/readyz').then(({ status }) => status === 200, () => false); // biome-ignore format: one line
    await until('API server', isReady, { seconds: 120, stopping: this.stopping, running: [this.#api] });
  }

  /** Ends it at once, as when its computer fails: connections are cut, and nothing is said. */
  async killApi(): Promise<void> {
    this.#api?.child.kill('SIGKILL');
    await this.#api?.stop();
  }

  /** Throws away all history of etcd: what watches from before must begin anew once the API server has restarted. */
  async compact(): Promise<void> {
    const ask = async (path: string, body: object): Promise<{ header?: { revision: string } }> => {
      const url = `http://127.0.0.1:${this.#etcdPort}/v3/kv/${path}`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      return (await response.json()) as { header?: { revision: string } };
    };
    const { header } = await ask('range', { key: Buffer.from('a').toString('base64') });
    await ask('compaction', { revision: header?.revision, physical: true });
  }

  /** One request. JSON, unless a type is given. */
  ask(
    who: Who,
    method: string,
    path: string,
    body?: object,
    type = 'application/json',
    accept = 'application/json',
  ): Promise<ApiAnswer> {
    const headers = { authorization: `Bearer token-of-${who}`, 'content-type': type, accept };
    const options = { method, headers, ca: readFileSync(join(this.directory, 'ca.crt')), agent: false } as const;
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}${path}`, options, async (response) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of response) chunks.push(chunk);
        } catch (error) {
          reject(error);
        }
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) });
      });
      asked.on('error', reject).end(body && JSON.stringify(body));
    });
  }

  async stop(): Promise<void> {
    await this.#api?.stop();
    await this.#etcd?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Ports of loopback that nobody had a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function makeKeys(directory: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key'];
  openssl('req', '-x509', ...newKey, '-out', 'ca.crt', '-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1');
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'accounts.key');
  openssl('ec', '-in', 'accounts.key', '-pubout', '-out', 'accounts.pub');
}
