import { mkdirSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../cases.js';
import { ownMirror, prepareMaterial } from '../material.js';
import { on, openWayOut } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import { namespace, neighbours, startBootPod } from './boot-pod.js';
import { checkBootServices } from './boot-services.js';
import type { Cluster } from './cluster.js';
import { hosts } from './network.js';

const neighboursProgram = fileURLToPath(new URL('../neighbours.js', import.meta.url));

/** The boot LAN of a cluster, with the pod and the ways to what it wants. */
export interface BootLan {
  /** The installer's syslog. */
  readonly syslog: LoggedProcess;
  stop(): Promise<void>;
}

/** Brings up the pod and, on the router, what it and the machines need of the world. */
export async function startBootLan(cluster: Cluster, cache: string, stopping: AbortSignal): Promise<BootLan> {
  const mirror = ownMirror();
  mkdirSync(cache, { recursive: true });
  console.log('# making the installer');
  const installer = prepareMaterial(cache, mirror, []);
  const socket = join(cluster.directory, 'way-out.sock');
  const wayOut: Server = await openWayOut(socket, mirror.host);
  const { address } = neighbours;
  const args = [neighboursProgram, socket, join(installer, 'stand-ins'), address, neighbours.wayOut];
  const router = on(hosts.router, process.execPath, ...args);
  const syslog = new LoggedProcess(...router, join(cluster.directory, 'syslog.log'));
  const stop = async (): Promise<void> => {
    await syslog.stop();
    wayOut.close();
  };
  try {
    await startBootPod(cluster, { installer, mirror, squidCache: join(cache, 'squid') }, stopping);
  } catch (error) {
    await stop();
    throw error;
  }
  return { syslog, stop };
}

/** The images of the pod, each at its work on the LAN. */
export async function checkBootPod(cluster: Cluster, report: Report): Promise<void> {
  report('the three containers are ready in a namespace that enforces "restricted"', true);
  await checkBootServices(ownMirror(), report);
  const user = await cluster.kubectl.run(
    'exec',
    '-n',
    namespace,
    'deploy/serabut',
    '-c',
    'dnsmasq',
    '--',
    'dnsmasq',
    '--version',
  );
  report('dnsmasq is 2.91 or newer', /version 2\.(9[1-9]|\d{3})/.test(user), user.split('\n')[0] ?? '');
}
