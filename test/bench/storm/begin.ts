import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { matchbox, serabut, start } from '../machines/servers.js';
import { type Children, startNginx } from '../measure.js';
import { type Payload, writeData, writeGroups } from './data.js';
import type { Order } from './order.js';

/** What all storms of a run have in common. */
export interface Surroundings {
  readonly payload: Payload;
  readonly matchboxBinary: string;
}

/** For what a server is started. */
export interface Beginning {
  readonly server: Order['server'];
  readonly size: number;
  /** Does not exist yet. */
  readonly directory: string;
  /** The kernel and the initrd as plain files. */
  readonly files: readonly string[];
  readonly children: Children;
}

export interface Begun {
  readonly url: string;
  readonly pids: readonly number[];
  /** Where Serabut keeps what became of the machines. */
  readonly data: string | undefined;
}

/** Starts a server for so many machines, and waits until what it does at its start by itself is over. */
export async function begin(beginning: Beginning, { payload, matchboxBinary }: Surroundings): Promise<Begun> {
  const { server, size, directory, files, children } = beginning;
  if (server === 'nginx') {
    const plain = join(files[0] ?? '', '..');
    const { url, pids } = await startNginx(children, plain, 'sendfile on; tcp_nopush on;');
    return { url, pids: pids(), data: undefined };
  }
  mkdirSync(directory);
  const isOurs = server === 'Serabut';
  if (isOurs) writeData(directory, size, payload);
  else writeGroups(directory, size, files);
  const program = isOurs ? serabut(directory) : matchbox(matchboxBinary, directory);
  const { url, pid } = await start(children, program, isOurs ? '/readyz' : '/', `${directory}.log`);
  await sleep(2000);
  return { url, pids: [pid], data: isOurs ? directory : undefined };
}
