import type { DhcpAnswer } from '../lan/dhcp-packet.js';
import type { Context } from './context.js';
import { Broken } from './faults.js';
import type { Note } from './walk.js';

/** Asks as firmware of an architecture, until there is enough. */
type Ask = (arch: number, isEnough: (answers: readonly DhcpAnswer[]) => boolean) => Promise<readonly DhcpAnswer[]>;

/** Another kind than the one that is played: whether anybody offers network boot at all. */
const otherArches = [7, 0];

/** The one offer of network boot, beside that of an address. */
export async function checkOffers({ kind }: Context, note: Note, ask: Ask): Promise<DhcpAnswer> {
  const answers = await ask(kind.arch, (all) => all.some(isProxyOffer) && all.some(isAddress));
  const proxies = answers.filter(isProxyOffer);
  const router = answers.find(isAddress);
  const booting = answers.find((answer) => isAddress(answer) && sendsPxe(answer));
  if (booting !== undefined) {
    const what = booting.file === '' ? `option 60 "${booting.vendorClass}"` : `the file name "${booting.file}"`;
    const message = `the DHCP server ${booting.from} offers network boot itself (${what}), and firmware prefers it`;
    throw new Broken('router-sends-pxe', message);
  }
  const [proxy] = proxies;
  if (proxy === undefined) throw await whyNoProxy(kind.name, kind.arch, router, ask);
  const servers = [...new Set(proxies.map(({ from }) => from))].sort();
  if (servers.length > 1) throw new Broken('two-proxies', `${servers.join(' and ')} offer network boot, each its own`);
  if (router === undefined)
    throw new Broken('no-addresses', `no DHCP server of the LAN gives addresses; ${proxy.from} offers network boot`);
  note.what = `${router.from} gives ${router.yiaddr}, ${proxy.from} offers network boot (UDP 67)`;
  return proxy;
}

async function whyNoProxy(name: string, arch: number, router: DhcpAnswer | undefined, ask: Ask): Promise<Broken> {
  for (const other of otherArches.filter((one) => one !== arch)) {
    const found = (await ask(other, (all) => all.some(isProxyOffer))).find(isProxyOffer);
    if (found !== undefined) {
      const message = `${found.from} offers network boot to other machines, and none to ${name} (architecture ${arch})`;
      return new Broken('no-loader-for-client', message);
    }
  }
  if (router === undefined)
    return new Broken(
      'no-addresses',
      'nobody on the LAN answers by DHCP, neither with an address nor with network boot',
    );
  return new Broken('no-proxy', `${router.from} gives addresses, and nobody on the LAN offers network boot`);
}

/** An offer without an address, of a server that calls itself one of network boot. */
function isProxyOffer({ yiaddr, vendorClass }: DhcpAnswer): boolean {
  return yiaddr === '0.0.0.0' && isBooting(vendorClass);
}

function isAddress({ yiaddr }: DhcpAnswer): boolean {
  return yiaddr !== '0.0.0.0';
}

function sendsPxe({ vendorClass, file }: DhcpAnswer): boolean {
  return isBooting(vendorClass) || file !== '';
}

function isBooting(vendorClass: string): boolean {
  return /^(PXE|HTTP)Client/.test(vendorClass);
}
