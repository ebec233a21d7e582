import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DhcpAnswer, DhcpQuestion } from '../../../core/lan/dhcp-packet.js';
import type { Report } from '../cases.js';
import type { Mirror } from '../material.js';
import { on } from '../network.js';
import { hosts } from './network.js';
import type { Release } from './release.js';

const dhcpClient = fileURLToPath(new URL('../dhcp-client.js', import.meta.url));
const mac = '52:54:00:88:00:09';

/** Plays a client on the LAN against each service of the pod. */
export async function checkBootServices(
  { address, server, proxy }: Release,
  { url }: Mirror,
  report: Report,
): Promise<void> {
  const script = await fromLan('curl', '-sf', `${server}/boot?mac=${mac}&arch=x86_64&platform=efi&product=`);
  report('the server gives the menu, with the profile as its default', script.includes('/boot/debian-13?profile=lab'));
  const range = await fromLan('curl', '-sf', '-r', '0-7', `${server}/iso/content/mini.iso/.disk/info`);
  report('it reads the ISO on the claim', range === 'Debian G', range);
  const get = ['curl', '-sf', '-o', '/dev/null', '-w', '%{http_code}', '-x', proxy];
  const code = await fromLan(...get, `${url}/dists/bookworm/InRelease`);
  report('Squid reaches the mirror', code === '200', code);
  const ask = (question: Omit<DhcpQuestion, 'mac'>, of?: string) => answer({ ...question, mac }, address, of);
  const offer = await ask({ type: 1, vendorClass: 'PXEClient', arch: 7 });
  report('dnsmasq makes a proxy offer with the address of the pod', offer?.siaddr === address, JSON.stringify(offer));
  const named = await ask({ type: 3, vendorClass: 'PXEClient', arch: 7, address: '192.168.88.9' }, address);
  report('it names the loader on port 4011', named?.file === 'snponly.efi', JSON.stringify(named));
  const sum = async (loader: string) => (await fromLan('sh', '-c', `curl -sf ${loader} | sha256sum`)).slice(0, 64);
  const [byTftp, byHttp] = [await sum(`tftp://${address}/snponly.efi`), await sum(`${server}/ipxe/snponly.efi`)];
  const isLoader = byTftp === byHttp && byTftp !== createHash('sha256').digest('hex');
  report('it gives the loader by TFTP, the same as the server by HTTP', isLoader, byTftp);
}

/** What a program on the LAN prints; nothing if it fails. */
export async function fromLan(command = '', ...args: string[]): Promise<string> {
  const run = promisify(execFile)(...on(hosts.switch, command, ...args), { timeout: 20_000 });
  return run.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

/** What the pod alone answers to a boot ROM. */
async function answer(question: DhcpQuestion, pod: string, server?: string): Promise<DhcpAnswer | undefined> {
  const args = [dhcpClient, JSON.stringify(question), ...(server === undefined ? [] : [server])];
  const answers = JSON.parse((await fromLan(process.execPath, ...args)) || '[]') as DhcpAnswer[];
  return answers.find(({ from }) => from === pod);
}
