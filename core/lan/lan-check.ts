import { connect } from 'node:net';
import { SerabutError } from '../errors.js';
import { type Asking, askDhcp, madeUpMac } from './dhcp-ask.js';
import type { DhcpAnswer, DhcpQuestion } from './dhcp-packet.js';
import type { LanAddress } from './lan-address.js';
import { type TftpOptions, tftpRead } from './tftp-read.js';

export interface LanCheckOptions {
  readonly lan: LanAddress;
  /** Port of a Squid that must be there. */
  readonly proxyPort?: number | undefined;
  /** Takes one sentence for each thing that works. */
  readonly report: (sentence: string) => void;
  /** How to ask, for tests that may not use the real ports. */
  readonly asking?: Partial<Asking>;
  readonly tftp?: TftpOptions;
  readonly httpMs?: number;
}

/** A machine with UEFI for x86-64, the commonest. */
const firmware = { vendorClass: 'PXEClient', arch: 7 } as const;

/** How many names of what can be booted are said. */
const listed = 20;

/**
 * Plays a machine on the boot LAN up to the boot script, and fails with a sentence at the first thing that a machine
 * would not get. Changes nothing, but for an address that the DHCP server holds ready for a while.
 */
export async function checkLan(options: LanCheckOptions): Promise<void> {
  const mac = madeUpMac();
  const server = await checkOffers(options, mac);
  await checkLoader(options, mac, server);
  await checkScript(options, mac, server);
  const { proxyPort, report } = options;
  if (proxyPort === undefined) return;
  await checkPort(server, proxyPort);
  report(`Squid takes connections at ${server}:${proxyPort}`);
}

/** An address from the DHCP server of the LAN, and what to boot from this one. Gives the address of the latter. */
async function checkOffers(options: LanCheckOptions, mac: string): Promise<string> {
  const answers = await ask(options, { type: 1, mac, ...firmware }, isProxyOffer);
  const proxies = answers.filter(isProxyOffer);
  const servers = [...new Set(proxies.map(({ from }) => from))];
  const [server] = servers;
  if (server === undefined) {
    const message =
      'nobody on the LAN offered network boot: is the pod ready, and do broadcasts to UDP port 67 reach it from here?';
    throw fault(message);
  }
  if (servers.length > 1) throw fault(`several servers offer network boot: ${servers.join(' and ')}; keep one of them`);
  options.report(`${server} offers network boot (UDP 67)`);
  await checkRouter(options, mac, answers);
  return server;
}

/** Without an address from the router no machine goes on, however good the offer of network boot is. */
async function checkRouter(options: LanCheckOptions, mac: string, before: DhcpAnswer[]): Promise<void> {
  const router =
    before.find(isAddress) ?? (await ask(options, { type: 1, mac, ...firmware }, isAddress)).find(isAddress);
  if (router === undefined) throw fault('no DHCP server on the LAN gives addresses: see to the router');
  if (/^PXEClient|^HTTPClient/.test(router.vendorClass)) {
    const message = `the DHCP server ${router.from} answers network boot itself (option 60): turn that off, firmware prefers it`;
    throw fault(message);
  }
  options.report(`${router.from} gives addresses, such as ${router.yiaddr}`);
}

/** UEFI asks again on port 4011, and reads its boot program by TFTP. */
async function checkLoader(options: LanCheckOptions, mac: string, server: string): Promise<void> {
  const { lan, report, tftp } = options;
  const hasFile = ({ file }: DhcpAnswer) => file !== '';
  const question = { type: 3, mac, address: lan.address, ...firmware } as const;
  const answer = (await ask(options, question, hasFile, server)).find(hasFile);
  if (answer === undefined) throw fault(`${server} did not name a boot program: nobody answered on UDP port 4011`);
  report(`it names ${answer.file} (UDP 4011)`);
  const program = await tftpRead(server, answer.file, tftp);
  if (program.toString('latin1', 0, 2) !== 'MZ') throw fault(`${answer.file} from ${server} is no EFI program`);
  report(`it gives ${answer.file}, ${program.length} bytes (UDP 69)`);
}

/** iPXE gets the URL of its script in the offer. */
async function checkScript(options: LanCheckOptions, mac: string, server: string): Promise<void> {
  const hasUrl = ({ file }: DhcpAnswer) => file.startsWith('http://');
  const answers = await ask(options, { type: 1, mac, ...firmware, isIpxe: true }, hasUrl);
  const answer = answers.find(hasUrl);
  if (answer === undefined) throw fault(`${server} offered iPXE no URL of a boot script`);
  const settings: Record<string, string> = { mac, uuid: '', buildarch: 'x86_64', platform: 'efi' };
  const url = answer.file.replace(/\$\{(\w+)\}/g, (_, name: string) => settings[name] ?? '');
  const script = await getText(url, options.httpMs ?? 10_000);
  if (!script.startsWith('#!ipxe')) throw fault(`${url} is no iPXE script`);
  options.report(`it gives the boot script (${new URL(url).host})`);
  options.report(`the script offers ${offered(script)}`);
}

/** What a script leads on to, for people: a LAN in order is of no use without anything to boot. */
function offered(script: string): string {
  const names = [...script.matchAll(/\/boot\/([\w.-]+)(?:\?(?:profile=([\w.-]+))?)?/g)].map(([, distro, profile]) =>
    profile === undefined ? distro : `${profile} (without a question, on ${distro})`,
  );
  if (names.length === 0) return "nothing but the machine's own disk: is there an ISO, and does a plugin know it?";
  const more = names.length > listed ? ` and ${names.length - listed} more` : '';
  return `${names.slice(0, listed).join(', ')}${more}`;
}

async function getText(url: string, ms: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ms) }).catch((cause: Error) => {
    const { message } = cause.cause instanceof Error ? cause.cause : cause;
    throw new SerabutError('SERABUT_ERR_LAN_CHECK', `the boot script cannot be had: ${message}`, { where: url, cause });
  });
  const text = await response.text();
  if (response.ok) return text;
  const message = `the boot script cannot be had: ${response.status} ${text.trimEnd()}`;
  throw new SerabutError('SERABUT_ERR_LAN_CHECK', message, { where: url });
}

function checkPort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 5000 });
    const failed = (reason: string) => {
      socket.destroy();
      reject(fault(`Squid cannot be reached at ${host}:${port}: ${reason}`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => failed('no answer within 5 s'));
    socket.once('error', ({ message }) => failed(message));
  });
}

function ask(
  { lan, asking }: LanCheckOptions,
  question: DhcpQuestion,
  isWanted: (answer: DhcpAnswer) => boolean,
  server?: string,
): Promise<DhcpAnswer[]> {
  return askDhcp(lan, question, { ...asking, isWanted, ...(server === undefined ? {} : { server }) });
}

/** An offer without an address, of a server that calls itself one of network boot. */
function isProxyOffer({ yiaddr, vendorClass }: DhcpAnswer): boolean {
  return yiaddr === '0.0.0.0' && vendorClass.startsWith('PXEClient');
}

function isAddress({ yiaddr }: DhcpAnswer): boolean {
  return yiaddr !== '0.0.0.0';
}

function fault(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_LAN_CHECK', message);
}
