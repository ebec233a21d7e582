import type { Report } from '../cases.js';
import { ownMirror } from '../material.js';
import { checkBootServices } from './boot-services.js';
import type { Cluster } from './cluster.js';
import { tag } from './images.js';
import { name, namespace, type Release } from './release.js';

/** What there is after `helm install`: the address, the containers, and each service on the LAN. */
export async function checkRelease({ kubectl, router }: Cluster, release: Release, report: Report): Promise<void> {
  const ready = await kubectl.run('get', 'deployment', name, '-n', namespace, '-o', 'jsonpath={.status.readyReplicas}');
  report('helm install ends with a ready pod', ready === '1');
  const root = ['run', 'root', '-n', namespace, '--image', `serabut-squid:${tag}`, '--dry-run=server'];
  const refusal = await kubectl.run(...root).catch(String);
  report('in a namespace that refuses pods that may do more', /violates PodSecurity "restricted/.test(refusal));
  const given = new RegExp(`DHCPACK\\(eth0\\) ${release.address.replaceAll('.', '\\.')} 02:`);
  report("the pod has an address of the router's DHCP", router.matches(given), release.address);
  const inside = (container: string, ...command: string[]): Promise<string> =>
    kubectl.run('exec', '-n', namespace, `deploy/${name}`, '-c', container, '--', ...command).catch(String);
  for (const container of ['server', 'dnsmasq', 'squid']) {
    const status = await inside(container, 'cat', '/proc/1/status');
    const isNobody = /^Uid:(\s+65534){4}$/m.test(status) && /^CapBnd:\s+0+$/m.test(status);
    report(`${container} runs as nobody and can get no capability`, isNobody, /^CapBnd.*$/m.exec(status)?.[0]);
    const written = await inside(container, 'touch', '/usr/new');
    report(`${container} cannot write to its image`, /Read-only file system/.test(written));
  }
  const version = await inside('dnsmasq', 'dnsmasq', '--version');
  report('dnsmasq is 2.91 or newer', /version 2\.(9[1-9]|\d{3})/.test(version), version.split('\n')[0]);
  await checkBootServices(release, ownMirror(), report);
}
