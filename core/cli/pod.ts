import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { SerabutError } from '../errors.js';
import { accountDirectory, type ClusterApiOptions, readFromCluster } from '../kubernetes/cluster-api.js';
import { diagnose, type Findings } from '../kubernetes/diagnosis.js';
import { type ClusterEvent, isReady, type Pod } from '../kubernetes/objects.js';
import { parsePort, parseSeconds } from './options.js';
import type { Terminal } from './terminal.js';

interface CheckOptions {
  readonly name: string;
  readonly namespace: string;
  readonly selector: string;
  readonly httpPort: number;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly account: string;
  readonly wait: number;
}

const pollMs = 2000;

/** `serabut pod …`: the pod that the chart makes. */
export function podCommand(terminal: Terminal): Command {
  const command = new Command('pod').description('the pod of the Helm chart');
  command
    .command('check')
    .description('wait until the pod of a release is ready, or say why it is not')
    .requiredOption('--name <name>', 'name that the objects of the release begin with')
    .requiredOption('--namespace <name>', 'namespace of the release')
    .requiredOption('--selector <labels>', 'labels of its pod, such as a=b,c=d')
    .option('--http-port <n>', 'TCP port of its HTTP server', parsePort, 8080)
    .option('--api-host <host>', 'host of the API server', 'kubernetes.default.svc')
    .option('--api-port <n>', 'port of the API server', parsePort, 443)
    .option('--account <dir>', 'directory with token and ca.crt of a service account', accountDirectory)
    .option('--wait <seconds>', 'how long to wait', parseSeconds, 60)
    .addHelpText('after', '\nExample:\n  $ serabut pod check --name serabut --namespace boot --selector app.kubernetes.io/instance=serabut') // biome-ignore format: one line
    .action((options: CheckOptions) => check(options, terminal));
  return command;
}

async function check(options: CheckOptions, { out, stopped }: Terminal): Promise<void> {
  const end = performance.now() + options.wait * 1000;
  for (;;) {
    const pods = await podsUntil(end, options);
    const ready = pods.find(isReady);
    if (ready !== undefined) {
      out.write(`ok - the pod ${ready.metadata.name} is ready\n`);
      return;
    }
    if (performance.now() >= end)
      throw new SerabutError('SERABUT_ERR_POD_NOT_READY', diagnose(await know(options, pods)));
    await sleep(pollMs, undefined, { signal: stopped });
  }
}

/** The pods of the release; none while the API server is away and there is time left. */
async function podsUntil(end: number, options: CheckOptions): Promise<readonly Pod[]> {
  try {
    return await list<Pod>(options, 'pods', `?labelSelector=${encodeURIComponent(options.selector)}`);
  } catch (error) {
    const isWithoutAccount = error instanceof SerabutError && error.where === options.account;
    if (isWithoutAccount || performance.now() >= end) throw error;
    return [];
  }
}

async function know(options: CheckOptions, pods: readonly Pod[]): Promise<Findings> {
  const events = await list<ClusterEvent>(options, 'events');
  const address = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined)?.status.podIP;
  const readiness = address === undefined ? undefined : await askReadiness(address, options.httpPort);
  return { name: options.name, pods, events, readiness };
}

async function list<T>(options: CheckOptions, kind: string, query = ''): Promise<readonly T[]> {
  const api: ClusterApiOptions = { host: options.apiHost, port: options.apiPort, account: options.account };
  const path = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/${kind}${query}`;
  return ((await readFromCluster(api, path)) as { items: readonly T[] }).items;
}

/** What the server itself says; undefined while it does not answer, or says that all is well. */
async function askReadiness(address: string, port: number): Promise<string | undefined> {
  const host = address.includes(':') ? `[${address}]` : address;
  const response = await fetch(`http://${host}:${port}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(
    () => null,
  );
  return response === null || response.ok ? undefined : response.text();
}
