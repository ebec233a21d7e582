import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillDataDirectory, type Mirror, profile, squidExtra } from './material.js';
import { bootAddress, hosts, makeNetwork, on, openWayOut, removeNetwork, routerCommand } from './network.js';
import { LoggedProcess } from './process-log.js';

const program = fileURLToPath(new URL('../../core/main.js', import.meta.url));
const neighbours = fileURLToPath(new URL('./neighbours.js', import.meta.url));

/** The lab as a whole: network, router, `serabut up`, and what stands beside it. */
export interface Lab {
  /** Where logs, disks and caches are. */
  readonly directory: string;
  readonly router: LoggedProcess;
  /** `serabut up`: what it prints, its log of requests, the lines of dnsmasq. */
  readonly serabut: LoggedProcess;
  /** The installer's syslog. */
  readonly syslog: LoggedProcess;
  /** The file with the token of an operator. */
  readonly tokens: string;
  /** Makes a distro the one that machines start by themselves, by the resources of the running server. */
  offer(distro: string): Promise<void>;
  stop(): Promise<void>;
}

/** Brings everything up; a second run finds nothing of the first but what Squid has cached. */
export async function startLab(directory: string, installer: string, mirror: Mirror): Promise<Lab> {
  const data = join(directory, 'data');
  const logs = join(directory, 'logs');
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  emptyDataDirectory(data);
  fillDataDirectory(data, installer, mirror);
  const extra = join(directory, 'squid-extra.conf');
  writeFileSync(extra, squidExtra(mirror));
  const running: LoggedProcess[] = [];
  let wayOut: Server | undefined;
  const start = (name: string, [command, args]: [string, string[]]): LoggedProcess => {
    const started = new LoggedProcess(command, args, join(logs, name));
    running.push(started);
    return started;
  };
  const stop = async (): Promise<void> => {
    for (const process of running.reverse()) await process.stop();
    wayOut?.close();
    await removeNetwork();
  };
  await makeNetwork();
  const socket = join(directory, 'way-out.sock');
  wayOut = await openWayOut(socket, mirror.host);
  const router = start('router', routerCommand(join(logs, 'router.leases')));
  const standIns = join(installer, 'stand-ins');
  const syslog = start('syslog', on(hosts.boot, process.execPath, neighbours, socket, standIns, bootAddress));
  const tokens = join(directory, 'tokens');
  writeFileSync(tokens, `lab:${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  const options = ['--interface', 'eth0', '--data', data, '--squid', '--squid-extra', extra, '--boot-default', 'lab'];
  const up = ['up', ...options, '--operator-token-file', tokens];
  const serabut = start('serabut', on(hosts.boot, process.execPath, '--enable-source-maps', program, ...up));
  const offer = (distro: string) => offerDistro(data, distro);
  const lab = { directory, router, serabut, syslog, tokens, offer, stop };
  try {
    await ready(lab);
    return lab;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready({ serabut, syslog }: Lab): Promise<void> {
  for (let tries = 0; tries < 100 && serabut.isRunning; tries++) {
    const up = serabut.matches(/can boot from the network now/) && syslog.matches(/^ready/);
    if (up && spawnSync(...on(hosts.boot, 'curl', '-sf', `http://${bootAddress}:8080/readyz`)).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`serabut up did not come up:\n${serabut.lines.map(({ text }) => text).join('\n')}`);
}

async function offerDistro(data: string, distro: string): Promise<void> {
  writeFileSync(join(data, 'resources/profile.yaml'), profile(distro));
  const script = `http://${bootAddress}:8080/boot`;
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = spawnSync(...on(hosts.boot, 'curl', '-sf', script), { encoding: 'utf8' });
    if (stdout.includes(`/boot/${distro}?profile=lab`)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${script} does not offer ${distro}`);
}

/**
 * Takes all that an earlier run wrote, except Squid's cache. That never gives out anything stale: packages carry their
 * version in their name, indexes are asked for again, and what stands in for the mirror's own files is not cached.
 */
function emptyDataDirectory(data: string): void {
  const cache = join(data, 'state/squid/cache');
  const aside = `${data}.cache`;
  if (existsSync(cache)) {
    rmSync(aside, { recursive: true, force: true });
    renameSync(cache, aside);
  }
  rmSync(data, { recursive: true, force: true });
  if (!existsSync(aside)) return;
  mkdirSync(join(data, 'state/squid'), { recursive: true });
  renameSync(aside, cache);
}
