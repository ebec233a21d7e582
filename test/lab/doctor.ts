import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hosts, resetClient } from './captures/network.js';
import { setUp } from './captures/record.js';
import { type Situation, situations } from './captures/situations.js';
import { inWorld, program } from './captures/world.js';
import type { Report } from './cases.js';
import { ip, on } from './network.js';

const run = promisify(execFile);

/** What `serabut doctor` must find first on a LAN that is broken in one way; null where nothing is. */
const cases: Readonly<Record<string, string | null>> = {
  'uefi-well': null,
  'no-dhcp': 'no-dhcp',
  'no-proxy': 'no-proxy',
  'pool-exhausted': 'no-addresses',
  'port-4011-blocked': 'pxe-port-silent',
  'two-proxies': 'two-proxies',
  'router-sends-pxe': 'router-sends-pxe',
  'wrong-next-server': 'wrong-next-server',
  'loader-missing': 'loader-missing',
  'tftp-blocked': 'tftp-silent',
  'ipxe-gets-loader': 'ipxe-gets-loader',
  'http-refused': 'address-unreachable',
  'http-silent': 'address-unreachable',
};

/** A laptop with an address of its own on the boot LAN. */
const laptop = '192.168.88.9/24';

/** Asks by `serabut doctor --interface` on LANs of every kind, as somebody with a laptop does, and on the server itself. */
export async function checkDoctor(report: Report): Promise<void> {
  await inWorld(async (directory) => {
    for (const [name, code] of Object.entries(cases)) {
      const situation = situations.find((one) => one.name === name);
      if (situation === undefined) throw new Error(`there is no situation ${name}`);
      const { found, output } = await inSituation(situation, directory, () => look(hosts.client, []));
      report(`doctor on a laptop: ${name} is ${code ?? 'nothing'}`, found === code, output);
    }
    await checkSpace(report, directory);
  });
}

async function inSituation<T>(situation: Situation, directory: string, work: () => Promise<T>): Promise<T> {
  resetClient('52:54:00:88:03:01');
  ip('-n', hosts.client, 'addr', 'add', laptop, 'dev', 'eth0');
  const tearDown = await setUp(situation, directory);
  try {
    return await work();
  } finally {
    await tearDown();
  }
}

/** On the boot server, whose data directory is on a volume that is too small. */
async function checkSpace(report: Report, directory: string): Promise<void> {
  const data = join(directory, 'small');
  mkdirSync(data);
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', data]);
  try {
    const options = ['--data', data, '--server', 'http://192.168.88.2:8080'];
    const { found, output } = await inSituation({ name: 'space' }, directory, () => look(hosts.boot, options));
    report('doctor on the boot server: a small volume is space-low, and nothing else', found === 'space-low', output);
  } finally {
    spawnSync('umount', [data]);
  }
}

async function look(host: string, options: readonly string[]): Promise<{ found: string | null; output: string }> {
  const command = on(host, process.execPath, program, 'doctor', '--interface', 'eth0', '--json', ...options);
  const { stdout, stderr } = await run(...command).catch((error: { stdout: string; stderr: string }) => error);
  if (stdout === '') return { found: 'no output', output: stderr };
  const { findings, steps } = JSON.parse(stdout) as { findings: { code: string; cause: string }[]; steps: object[] };
  const output = findings.map(({ code, cause }) => `${code}: ${cause}`).join(' | ') || `${steps.length} steps`;
  return { found: findings[0]?.code ?? null, output };
}
