import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clientNames } from '../../core/simulate/client-kinds.js';
import { arm64, efiProgram } from '../helpers/boot-programs.js';
import type { Report } from './cases.js';
import { addClientAddress, hosts, makeNetwork, on, removeNetwork } from './network.js';
import { LoggedProcess } from './process-log.js';
import {
  firewall,
  type Place,
  program,
  putData,
  putLoaders,
  startRouter,
  startServer,
  untilMenu,
} from './simulate-place.js';

const run = promisify(execFile);

/** Takes the place of proxy and mirror: gives what is asked for, whatever it is. */
const mirror = "require('http').createServer((_, r) => r.end('Suite: stable')).listen(3128, '192.168.88.1')";

/** What is done to the LAN, to be undone, and what must be said of it. */
interface Fault {
  readonly what: string;
  readonly code: string;
  readonly client?: string;
  plant(place: Place): unknown;
  mend(place: Place): unknown;
}

const faults: readonly Fault[] = [
  {
    what: 'the router gives no addresses',
    code: 'no-addresses',
    plant: ({ router }) => router.stop(),
    mend: async (place) => {
      place.router = startRouter(place);
    },
  },
  {
    what: 'the router offers network boot itself',
    code: 'router-sends-pxe',
    plant: async (place) => {
      await place.router.stop();
      place.router = startRouter(place, '--dhcp-boot=pxelinux.0');
    },
    mend: async (place) => {
      await place.router.stop();
      place.router = startRouter(place);
    },
  },
  {
    what: 'a second server offers network boot',
    code: 'two-proxies',
    plant: (place) => {
      const options = [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--port=0',
        '--interface=eth0',
        '--bind-dynamic',
      ];
      const proxy = ['--dhcp-range=192.168.88.0,proxy', '--pxe-service=X86-64_EFI,boot,other.efi', '--log-facility=-'];
      const command = on(hosts.router, 'dnsmasq', ...options, ...proxy, '--pid-file=', '--dhcp-leasefile=/dev/null');
      place.rival = new LoggedProcess(...command, join(place.directory, 'rival'));
      return sleep(1000);
    },
    mend: ({ rival }) => rival?.stop(),
  },
  {
    what: 'port 4011 is blocked',
    code: 'pxe-port-silent',
    plant: () => firewall('-A', 'udp', 4011),
    mend: () => firewall('-D', 'udp', 4011),
  },
  {
    what: 'TFTP is blocked',
    code: 'tftp-silent',
    plant: () => firewall('-A', 'udp', 69),
    mend: () => firewall('-D', 'udp', 69),
  },
  {
    what: 'the HTTP port is blocked',
    code: 'address-unreachable',
    plant: () => firewall('-A', 'tcp', 8080),
    mend: () => firewall('-D', 'tcp', 8080),
  },
  {
    what: 'the boot program is gone',
    code: 'loader-missing',
    client: 'bios',
    plant: ({ ipxe }) => rmSync(join(ipxe, 'undionly.kpxe')),
    mend: ({ ipxe }) => putLoaders(ipxe),
  },
  {
    what: 'the boot program is cut short',
    code: 'loader-cut-short',
    plant: ({ ipxe }) => truncateSync(join(ipxe, 'snponly.efi'), 50_000),
    mend: ({ ipxe }) => putLoaders(ipxe),
  },
  {
    what: 'the boot program is of another architecture',
    code: 'loader-wrong-architecture',
    client: 'http',
    plant: ({ ipxe }) => writeFileSync(join(ipxe, 'snponly.efi'), efiProgram(arm64)),
    mend: ({ ipxe }) => putLoaders(ipxe),
  },
  {
    what: 'there is no boot program for arm64',
    code: 'no-loader-for-client',
    client: 'uefi-arm64',
    plant: async (place) => {
      await place.serabut.stop();
      rmSync(join(place.ipxe, 'ipxe-arm64.efi'));
      await startServer(place);
    },
    mend: async (place) => {
      await place.serabut.stop();
      putLoaders(place.ipxe);
      await startServer(place);
    },
  },
  {
    what: 'the ISO with the kernel is gone',
    code: 'nothing-usable',
    // The directory stays: where that is gone, its volume is waited for.
    plant: async ({ directory }) => {
      const isos = join(directory, 'data/isos');
      for (const name of readdirSync(isos)) rmSync(join(isos, name));
      await untilMenu(false);
    },
    mend: async ({ directory }) => {
      putData(directory);
      await untilMenu(true);
    },
  },
  {
    what: 'the boot server is down',
    code: 'no-proxy',
    plant: ({ serabut }) => serabut.stop(),
    mend: startServer,
  },
];

/** `serabut simulate` against `serabut up` with real dnsmasq: good in every kind of client, and then with faults. */
export async function checkSimulate(report: Report, stopping: AbortSignal): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-simulate-'));
  const ipxe = join(directory, 'ipxe');
  mkdirSync(ipxe);
  spawnSync('chmod', ['755', directory, ipxe]);
  putLoaders(ipxe);
  putData(directory);
  await makeNetwork();
  addClientAddress();
  const packages = new LoggedProcess(...on(hosts.router, process.execPath, '-e', mirror), join(directory, 'mirror'));
  const place = { directory, ipxe } as Place;
  place.router = startRouter(place);
  try {
    await startServer(place);
    for (const client of clientNames) {
      const { code, output } = await simulate(client);
      report(`${client}: all works`, code === 0, code === 0 ? '' : output);
    }
    for (const fault of faults) {
      stopping.throwIfAborted();
      await check(fault, place, report);
    }
    const { code, output } = await simulate('all');
    report('when all is mended all works again', code === 0, code === 0 ? '' : output);
  } finally {
    for (const process of [place.rival, place.serabut, place.router, packages]) await process?.stop();
    await removeNetwork();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function check({ what, code: wanted, client, plant, mend }: Fault, place: Place, report: Report): Promise<void> {
  await plant(place);
  const { code, output } = await simulate(client ?? 'uefi-x64');
  const isRight = code !== 0 && output.includes(`\nfault: ${wanted}\n`);
  report(`${what}: ${wanted}`, isRight, isRight ? /^cause: .*/m.exec(output)?.[0] : output);
  await mend(place);
}

/** The switch stands for the machine: it has an address of its own for this. */
async function simulate(client: string): Promise<{ code: number; output: string }> {
  const options = ['simulate', '--interface', 'br0', '--client', client];
  const command = on(hosts.switch, process.execPath, '--enable-source-maps', program, ...options);
  return run(...command).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: `${error.stdout}${error.stderr}`,
    }),
  );
}
