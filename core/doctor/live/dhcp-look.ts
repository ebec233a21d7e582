import { madeUpMac } from '../../lan/dhcp-ask.js';
import { type DhcpAnswer, isHttpUrl } from '../../lan/dhcp-packet.js';
import type { LanAddress } from '../../lan/lan-address.js';
import { listed } from '../judge/listed.js';
import { shown } from '../judge/shown.js';
import type { LiveNotes } from './live-report.js';
import type { LiveTools } from './tools.js';

/** A machine with UEFI for x86-64, the commonest. */
const firmware = { vendorClass: 'PXEClient', arch: 7 } as const;

/** What was found out of the boot server. */
export interface BootServer {
  readonly address: string;
  /** Where firmware is sent to for its boot program. */
  readonly next: string;
}

/** Who answers by DHCP, and whether they leave each other alone. Gives the boot server, when there is one. */
export async function lookAtOffers(notes: LiveNotes, tools: LiveTools): Promise<BootServer | undefined> {
  const answers = await tools.ask({ type: 1, mac: madeUpMac(), ...firmware });
  const routers = answers.filter(({ yiaddr }) => yiaddr !== '0.0.0.0');
  const proxies = answers.filter(({ yiaddr, vendorClass }) => yiaddr === '0.0.0.0' && isBooting(vendorClass));
  lookAtAddresses(notes, routers, proxies);
  lookAtRouter(notes, routers);
  return lookAtProxies(notes, routers, proxies);
}

function lookAtAddresses(notes: LiveNotes, routers: readonly DhcpAnswer[], proxies: readonly DhcpAnswer[]): void {
  const name = 'somebody gives addresses';
  const [router] = routers;
  if (router !== undefined) {
    notes.ok(name, `${listed(routers.map(({ from }) => from))}, such as ${router.yiaddr}`);
  } else if (proxies.length > 0) {
    notes.fail(name, 'no-addresses', `${namesOf(proxies)} offers network boot, but nobody offers an address.`);
  } else {
    notes.fail(name, 'no-dhcp', 'Nobody answers by DHCP, neither with an address nor with something to boot.');
  }
}

/** Options 60, 66 and 67; a next server alone is what many servers send of themselves, and firmware ignores it. */
function lookAtRouter(notes: LiveNotes, routers: readonly DhcpAnswer[]): void {
  const name = 'the router leaves PXE alone';
  const sender = routers.find(
    ({ vendorClass, file, serverName }) => isBooting(vendorClass) || file !== '' || serverName !== '',
  );
  if (sender !== undefined) notes.fail(name, 'router-sends-pxe', routersCause(sender));
  else if (routers.length === 0) notes.unknown(name, 'there is none');
  else notes.ok(name, 'no option 60, 66 or 67 from it');
}

function routersCause({ from, vendorClass, serverName, file, siaddr }: DhcpAnswer): string {
  const sent = [
    isBooting(vendorClass) ? `option 60 "${shown(vendorClass)}"` : '',
    serverName === '' ? '' : `the server "${shown(serverName)}" (66)`,
    file === '' ? '' : `the file "${shown(file)}" (67)`,
    siaddr === '0.0.0.0' ? '' : `the next server ${siaddr}`,
  ].filter((part) => part !== '');
  return `The DHCP server ${from} sends ${sent.join(', ')}: firmware takes that of the DHCP server.`;
}

function lookAtProxies(
  notes: LiveNotes,
  routers: readonly DhcpAnswer[],
  proxies: readonly DhcpAnswer[],
): BootServer | undefined {
  const name = 'one server offers network boot';
  const [proxy] = proxies;
  if (proxy === undefined) {
    const router = routers.length === 0 ? 'Nobody' : `${namesOf(routers)} gives addresses, and nobody`;
    notes.fail(name, 'no-proxy', `${router} on the LAN offers network boot (UDP port 67).`);
    return undefined;
  }
  if (new Set(proxies.map(({ from }) => from)).size > 1) {
    notes.fail(name, 'two-proxies', `${namesOf(proxies)} offer network boot, each its own.`);
  } else notes.ok(name, proxy.from);
  return { address: proxy.from, next: proxy.siaddr === '0.0.0.0' ? proxy.from : proxy.siaddr };
}

/** UEFI asks again on port 4011. Gives the boot program and the server that has it. */
export async function lookAtBootFile(
  notes: LiveNotes,
  tools: LiveTools,
  lan: LanAddress,
  { next }: BootServer,
): Promise<{ server: string; file: string } | undefined> {
  const name = 'it names a boot program (4011)';
  const question = { type: 3, mac: madeUpMac(), address: lan.address, ...firmware } as const;
  const answers = await tools.ask(question, next);
  const named = answers.find(({ file }) => file !== '');
  if (named !== undefined) {
    const server = named.siaddr === '0.0.0.0' ? named.from : named.siaddr;
    notes.ok(name, `${shown(named.file)} at ${server}`);
    return { server, file: named.file };
  }
  if (answers.length === 0) notes.fail(name, 'pxe-port-silent', `${next} does not answer on UDP port 4011.`);
  else notes.fail(name, 'pxe-port-no-file', `${next} answers on UDP port 4011, and names no boot program.`);
  return undefined;
}

/** The URL of the boot script, which iPXE gets in the offer or, where that names nothing, on port 4011. */
export async function lookAtScriptUrl(
  notes: LiveNotes,
  tools: LiveTools,
  { address }: LanAddress,
  { next }: BootServer,
): Promise<string | undefined> {
  const name = 'it gives iPXE a script';
  const question = { mac: madeUpMac(), ...firmware, isIpxe: true } as const;
  const offers = await tools.ask({ type: 1, ...question });
  const isNamed = offers.some(({ file }) => file !== '');
  const answers = isNamed ? offers : await tools.ask({ type: 3, address, ...question }, next);
  const url = answers.find(({ file }) => isHttpUrl(file))?.file;
  if (url !== undefined) {
    notes.ok(name, shown(url));
    return url;
  }
  const loader = answers.find(({ file }) => file !== '');
  if (loader === undefined) notes.fail(name, 'ipxe-no-script-url', 'Nobody offers iPXE the URL of a boot script.');
  else {
    const cause = `${loader.from} tells iPXE to load ${shown(loader.file)}, as if it were the firmware.`;
    notes.fail(name, 'ipxe-gets-loader', cause);
  }
  return undefined;
}

function namesOf(answers: readonly DhcpAnswer[]): string {
  return listed(answers.map(({ from }) => from));
}

function isBooting(vendorClass: string): boolean {
  return /^(PXE|HTTP)Client/.test(vendorClass);
}
