import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DhcpAnswer, DhcpQuestion } from '../../core/lan/dhcp-packet.js';
import type { Report } from './cases.js';
import {
  addClientAddress,
  bootAddress,
  hosts,
  makeNetwork,
  on,
  removeNetwork,
  routerAddress,
  routerCommand,
} from './network.js';
import { LoggedProcess } from './process-log.js';

const program = fileURLToPath(new URL('../../core/main.js', import.meta.url));
const client = fileURLToPath(new URL('./dhcp-client.js', import.meta.url));
const run = promisify(execFile);
const script = `http://${bootAddress}:8080/boot?mac=\${mac}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform}`;

/** Firmware that boots by PXE: its code, whether it asks on port 4011, and the loader that it gets. */
const pxeClients = [
  { name: 'BIOS', arch: 0, asksAgain: false, loader: 'undionly.kpxe' },
  { name: 'UEFI x64', arch: 7, asksAgain: true, loader: 'snponly.efi' },
  { name: 'UEFI x64 by its other code', arch: 9, asksAgain: true, loader: 'snponly.efi' },
  { name: 'UEFI arm64', arch: 11, asksAgain: true, loader: 'ipxe-arm64.efi' },
] as const;

/** Plays boot ROMs of every kind against `serabut up`, packet by packet. */
export async function checkOffers(report: Report): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-offers-'));
  const ipxe = join(directory, 'ipxe');
  mkdirSync(ipxe);
  for (const file of ['snponly.efi', 'undionly.kpxe']) copyFileSync(join('/usr/lib/ipxe', file), join(ipxe, file));
  writeFileSync(join(ipxe, 'ipxe-arm64.efi'), 'a stand-in: Debian 12 has no iPXE for arm64');
  for (const path of [directory, ipxe]) spawnSync('chmod', ['755', path]);
  await makeNetwork();
  addClientAddress();
  const router = new LoggedProcess(...routerCommand(join(directory, 'leases')), join(directory, 'router'));
  const options = ['--interface', 'eth0', '--data', join(directory, 'data'), '--ipxe', ipxe];
  const up = on(hosts.boot, process.execPath, '--enable-source-maps', program, 'up', ...options);
  const serabut = new LoggedProcess(...up, join(directory, 'serabut'));
  try {
    for (let tries = 0; tries < 100 && !serabut.matches(/can boot from the network/); tries++) await pause();
    await checkPxe(report);
    await checkIpxe(report);
    await checkHttpBoot(report);
    await checkOthers(report);
  } finally {
    await serabut.stop();
    await router.stop();
    await removeNetwork();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function checkPxe(report: Report): Promise<void> {
  for (const { name, arch, asksAgain, loader } of pxeClients) {
    const [offer, ...more] = await ask({ type: 1, vendorClass: 'PXEClient', arch });
    report(
      `${name}: one proxy offer with this server's address`,
      offer?.siaddr === bootAddress && more.length === 0,
      show(offer),
    );
    const last = asksAgain
      ? (await ask({ type: 3, vendorClass: 'PXEClient', arch, address: '192.168.88.9' }, bootAddress))[0]
      : offer;
    report(`${name}: is told ${loader}`, last?.file === loader, show(last));
    const { status } = spawnSync(...runOnClient('curl', '-sf', '-o', '/dev/null', `tftp://${bootAddress}/${loader}`));
    report(`${name}: gets ${loader} by TFTP`, status === 0);
  }
}

async function checkIpxe(report: Report): Promise<void> {
  for (const arch of [0, 7]) {
    const [offer] = await ask({ type: 1, vendorClass: 'PXEClient', arch, isIpxe: true });
    const whole = offer?.siaddr === bootAddress && offer.file === script;
    report(`iPXE of architecture ${arch}: the offer has the script's URL and the server's address`, whole, show(offer));
    const [again] = await ask(
      { type: 3, vendorClass: 'PXEClient', arch, isIpxe: true, address: '192.168.88.9' },
      bootAddress,
    );
    report(`iPXE of architecture ${arch}: is told the same on port 4011`, again?.file === script, show(again));
  }
}

async function checkHttpBoot(report: Report): Promise<void> {
  for (const [arch, file] of [
    [16, 'snponly.efi'],
    [19, 'ipxe-arm64.efi'],
  ] as const) {
    const [offer] = await ask({ type: 1, vendorClass: 'HTTPClient', arch });
    const url = `http://${bootAddress}:8080/ipxe/${file}`;
    const whole = offer?.file === url && offer.vendorClass === 'HTTPClient';
    report(`UEFI HTTP boot ${arch}: the offer has the URL and the vendor class`, whole, show(offer));
    const head = spawnSync(...runOnClient('curl', '-sfI', url), { encoding: 'utf8' }).stdout;
    const served = /^content-length: \d+/im.test(head) && /^content-type: application\/efi/im.test(head);
    report(`UEFI HTTP boot ${arch}: ${file} has a length and its type`, served);
  }
}

async function checkOthers(report: Report): Promise<void> {
  report('a machine that does not boot gets no proxy offer', (await ask({ type: 1 })).length === 0);
  for (const arch of [6, 27]) {
    const offers = await ask({ type: 1, vendorClass: 'PXEClient', arch });
    report(`firmware of architecture ${arch}, for which there is no loader, gets no proxy offer`, offers.length === 0);
  }
  const all = await answers({ type: 1, mac: '52:54:00:88:00:09', vendorClass: 'PXEClient', arch: 7 });
  const fromRouter = all.find(({ from }) => from === routerAddress);
  const untouched = fromRouter !== undefined && fromRouter.file === '' && fromRouter.yiaddr.startsWith('192.168.88.');
  report("the router's own offer is untouched", untouched, show(fromRouter));
}

/** What the boot server alone answers. */
async function ask(question: Omit<DhcpQuestion, 'mac'>, server?: string): Promise<DhcpAnswer[]> {
  const all = await answers({ ...question, mac: '52:54:00:88:00:09' }, server);
  return all.filter(({ from }) => from === bootAddress);
}

/** Waits without standing still: dnsmasq stops answering when nobody reads what it logs. */
async function answers(question: DhcpQuestion, server?: string): Promise<DhcpAnswer[]> {
  const args = [client, JSON.stringify(question), ...(server === undefined ? [] : [server])];
  const { stdout } = await run(...runOnClient(process.execPath, ...args));
  return JSON.parse(stdout) as DhcpAnswer[];
}

/** The switch stands for the client as well: it has an address of its own for this. */
function runOnClient(command: string, ...args: string[]): [string, string[]] {
  return on(hosts.switch, command, ...args);
}

function show(answer: DhcpAnswer | undefined): string {
  return answer === undefined ? 'no answer' : JSON.stringify(answer);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}
