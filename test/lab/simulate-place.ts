import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { arm64, efiProgram } from '../helpers/boot-programs.js';
import { dataFiles } from '../helpers/simulated-data.js';
import { bootAddress, hosts, on, routerAddress, routerCommand } from './network.js';
import { LoggedProcess } from './process-log.js';

export const program = fileURLToPath(new URL('../../core/main.js', import.meta.url));

/** Debian's iPXE for x86; for arm64 a stand-in, which Debian 12 has none of. */
const loaders = ['snponly.efi', 'undionly.kpxe'];

/** The LAN with a router and a boot server. */
export interface Place {
  readonly directory: string;
  readonly ipxe: string;
  router: LoggedProcess;
  serabut: LoggedProcess;
  rival?: LoggedProcess;
}

export function startRouter({ directory }: Place, ...more: string[]): LoggedProcess {
  const [command, args] = routerCommand(join(directory, 'leases'));
  return new LoggedProcess(command, [...args, ...more], join(directory, 'router'));
}

export async function startServer(place: Place): Promise<void> {
  const { directory, ipxe } = place;
  const options = ['--interface', 'eth0', '--data', join(directory, 'data'), '--ipxe', ipxe];
  const up = on(hosts.boot, process.execPath, '--enable-source-maps', program, 'up', ...options);
  place.serabut = new LoggedProcess(...up, join(directory, 'serabut'));
  for (let tries = 0; tries < 100 && !place.serabut.matches(/can boot from the network/); tries++) await sleep(200);
  await untilMenu(true);
}

/** Waits until the menu has the entries of the ISOs, or none. */
export async function untilMenu(isFull: boolean): Promise<void> {
  const url = `http://${bootAddress}:8080/boot`;
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = spawnSync(...on(hosts.boot, 'curl', '-sf', url), { encoding: 'utf8' });
    const names = ['debian-13?', 'debian-13-arm?'].map((name) => stdout.includes(`/boot/${name}`));
    if (stdout !== '' && names.every((isThere) => isThere === isFull)) return;
    await sleep(200);
  }
  throw new Error(`${url} does not come to what is on the disk`);
}

export function putLoaders(ipxe: string): void {
  for (const file of loaders) copyFileSync(join('/usr/lib/ipxe', file), join(ipxe, file));
  writeFileSync(join(ipxe, 'ipxe-arm64.efi'), efiProgram(arm64));
}

export function putData(directory: string): void {
  const files = Object.entries(dataFiles(`http://${routerAddress}:3128`)).filter(([path]) => !path.startsWith('ipxe/'));
  for (const [path, content] of files) {
    const target = join(directory, 'data', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/** Drops what comes to a port of the boot server, or no longer. */
export function firewall(change: '-A' | '-D', protocol: string, port: number): void {
  const rule = ['-p', protocol, '--dport', String(port), '-j', 'DROP'];
  const { status, stderr } = spawnSync(...on(hosts.boot, 'iptables', change, 'INPUT', ...rule), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`iptables: ${stderr}`);
}
