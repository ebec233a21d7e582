import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { claimLab } from '../claim.js';
import { on } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import { hosts, makeNetwork, removeAll } from './network.js';

export const program = fileURLToPath(new URL('../../../core/main.js', import.meta.url));

/** Bytes of a stand-in for a loader: three blocks of TFTP, so that captures stay small. */
export const standIn = `MZ${'x'.repeat(2998)}`;

/** Does something in the network of the recordings, where `serabut serve` runs on the boot server; `directory` is for its files. */
export async function inWorld(work: (directory: string) => Promise<void>): Promise<void> {
  await claimLab('serabut-captures');
  const directory = mkdtempSync(join(tmpdir(), 'serabut-captures-'));
  // dnsmasq reads it as a user of its own.
  chmodSync(directory, 0o755);
  const ipxe = join(directory, 'ipxe');
  mkdirSync(ipxe);
  writeFileSync(join(ipxe, 'snponly.efi'), standIn);
  try {
    await makeNetwork();
    const options = ['serve', '--data', join(directory, 'data'), '--port', '8080', '--ipxe', ipxe];
    const command = on(hosts.boot, process.execPath, '--enable-source-maps', program, ...options);
    const server = new LoggedProcess(...command, join(directory, 'serabut.log'));
    for (let tries = 0; tries < 100 && !server.matches(/8080/); tries++) await sleep(200);
    await work(directory);
    await server.stop();
  } finally {
    await removeAll();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The MAC address of the machine of a situation. */
export function macOfSituation(index: number): string {
  return `52:54:00:88:02:${String(index + 1).padStart(2, '0')}`;
}
