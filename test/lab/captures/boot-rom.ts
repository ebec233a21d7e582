/**
 * Plays a machine from power-on to its boot script, with the packets of this project's own client. To be run on a host of
 * the lab without an address, alone on port 68.
 *
 * Usage: node boot-rom.js MAC ARCHITECTURE
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { askDhcp } from '../../../core/lan/dhcp-ask.js';
import { type DhcpAnswer, type DhcpQuestion, encodeQuestion } from '../../../core/lan/dhcp-packet.js';
import { tftpRead } from '../../../core/lan/tftp-read.js';

const [mac = '', architecture = '7'] = process.argv.slice(2);
const arch = Number(architecture);
const isHttp = arch === 16;
const vendorClass = isHttp ? 'HTTPClient' : 'PXEClient';
/** Asks the whole Ethernet, as a machine does that has no address. */
const everybody = {
  interface: 'eth0',
  address: '',
  network: '255.255.255.255',
  netmask: '255.255.255.255',
  prefix: 32,
};
/** How long offers are waited for, in milliseconds: a third of what firmware waits. */
const waitMs = 1300;
/** How often a loader that loads itself is followed. */
const rounds = 2;

try {
  await boot();
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}

async function boot(): Promise<void> {
  const offers = await discover({});
  const address = await takeAddress(offers, {});
  const file = await loaderName(offers, address);
  if (isHttp) await read(file.name);
  else await tftpRead(file.server, file.name, { waitMs });
  for (let round = 0; round < rounds; round++) {
    // The new program starts.
    await sleep(300);
    const again = await discover({ isIpxe: true });
    await takeAddress(again, { isIpxe: true });
    const { name, server } = await scriptName(again, address);
    if (/^http:/.test(name)) return read(name.replace(/\$\{mac\}/, mac).replace(/\$\{\w+\}/g, ''));
    await tftpRead(server, name, { waitMs });
  }
}

/** Asks up to three times, until there is an address and something to boot. */
async function discover(more: Partial<DhcpQuestion>): Promise<DhcpAnswer[]> {
  const isEnough = (seen: readonly DhcpAnswer[]) =>
    seen.some(({ yiaddr }) => yiaddr !== '0.0.0.0') && seen.some(isBoot);
  return askDhcp(everybody, { type: 1, mac, vendorClass, arch, ...more }, { isEnough, waitMs });
}

function isBoot(answer: DhcpAnswer): boolean {
  return answer.file !== '' || answer.vendorClass !== '';
}

function addressOffer(offers: readonly DhcpAnswer[]): DhcpAnswer {
  const offer = offers.find(({ yiaddr }) => yiaddr !== '0.0.0.0');
  if (offer === undefined) throw new Error('no offer of an address');
  return offer;
}

/** REQUEST with the address and the server that were chosen (options 50 and 54), until the ACK; then the address is set. */
async function takeAddress(offers: readonly DhcpAnswer[], more: Partial<DhcpQuestion>): Promise<string> {
  const { yiaddr, from } = addressOffer(offers);
  const socket = createSocket({ type: 'udp4', reuseAddr: true }).bind(68);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  const question = encodeQuestion({ type: 3, mac, vendorClass, arch, ...more });
  const chosen = [50, 4, ...yiaddr.split('.').map(Number), 54, 4, ...from.split('.').map(Number)];
  // In front of the message type: after the magic cookie.
  const message = Buffer.concat([question.subarray(0, 240), Buffer.from(chosen), question.subarray(240)]);
  socket.send(message, 67, '255.255.255.255');
  await once(socket, 'message', { signal: AbortSignal.timeout(waitMs) });
  socket.close();
  spawnSync('ip', ['addr', 'replace', `${yiaddr}/24`, 'dev', 'eth0']);
  return yiaddr;
}

/** UEFI asks on port 4011; BIOS takes the file of the offer, that of the DHCP server before that of a proxy. */
async function loaderName(offers: readonly DhcpAnswer[], address: string): Promise<{ name: string; server: string }> {
  const named = offers.filter(({ file }) => file !== '');
  const best = named.find(({ yiaddr }) => yiaddr !== '0.0.0.0') ?? named[0];
  if (best !== undefined) return { name: best.file, server: serverOf(best) };
  const proxy = offers.find(isBoot);
  if (proxy === undefined) throw new Error('no offer of network boot');
  return askBootServer(serverOf(proxy), address, {});
}

/** iPXE takes what is in the offer, and asks on port 4011 where nothing is. */
async function scriptName(offers: readonly DhcpAnswer[], address: string): Promise<{ name: string; server: string }> {
  const named =
    offers.find(({ file, yiaddr }) => file !== '' && yiaddr === '0.0.0.0') ?? offers.find(({ file }) => file !== '');
  if (named !== undefined) return { name: named.file, server: serverOf(named) };
  const proxy = offers.find(isBoot);
  if (proxy === undefined) throw new Error('iPXE got no offer of network boot');
  return askBootServer(serverOf(proxy), address, { isIpxe: true });
}

async function askBootServer(server: string, address: string, more: Partial<DhcpQuestion>) {
  const question = { type: 3, mac, address, vendorClass, arch, ...more } as const;
  const hasFile = ({ file }: DhcpAnswer) => file !== '';
  const answers = await askDhcp(everybody, question, { server, waitMs, isEnough: (seen) => seen.some(hasFile) });
  const answer = answers.find(hasFile);
  if (answer === undefined) throw new Error('no answer on port 4011');
  return { name: answer.file, server: serverOf(answer) };
}

function serverOf({ siaddr, from }: DhcpAnswer): string {
  return siaddr === '0.0.0.0' ? from : siaddr;
}

/** As iPXE does: GET, and the whole body. */
async function read(url: string): Promise<void> {
  const request = get(url, {
    headers: { 'User-Agent': 'iPXE/1.21.1' },
    signal: AbortSignal.timeout(5000),
    agent: false,
  });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
}
