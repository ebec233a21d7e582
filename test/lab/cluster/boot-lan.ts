import { mkdirSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownMirror, prepareMaterial } from '../material.js';
import { on, openWayOut } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import type { Cluster } from './cluster.js';
import { hosts } from './network.js';
import { installRelease, neighbours, type Release } from './release.js';

const neighboursProgram = fileURLToPath(new URL('../neighbours.js', import.meta.url));

/** The boot LAN of a cluster, with the pod and the ways to what it wants. */
export interface BootLan {
  readonly release: Release;
  /** The installer's syslog. */
  readonly syslog: LoggedProcess;
  stop(): Promise<void>;
}

/** Installs the chart and, on the router, what its pod and the machines need of the world. */
export async function startBootLan(cluster: Cluster, cache: string): Promise<BootLan> {
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
    const release = await installRelease(cluster, { installer, mirror, squidCache: join(cache, 'squid') });
    return { release, syslog, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
