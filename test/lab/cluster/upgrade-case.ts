import type { Report } from '../cases.js';
import { fromLan } from './boot-services.js';
import type { Cluster } from './cluster.js';
import { chart, name, namespace, ofPod, type Release } from './release.js';
import { comesTrue } from './until.js';

/** An upgrade to other values, the way back, and the end of the release: what the claims hold outlives them all. */
export async function checkUpgrade({ kubectl, stopping }: Cluster, { server }: Release, report: Report): Promise<void> {
  const args = ['-n', namespace, '--wait', '--timeout', '3m'];
  const inPod = (...command: string[]): Promise<string> =>
    kubectl.run('exec', '-n', namespace, `deploy/${name}`, '-c', 'server', '--', ...command).catch(String);
  const isWhole = async () => (await fromLan('curl', '-sf', `${server}/iso/content/mini.iso/.disk/info`)) !== '';
  await inPod('touch', '/data/isos/kept');
  const changes = ['--set', 'server.logLevel=debug', '--set', 'plugins.builtIn.fedora=false'];
  await kubectl.helm('upgrade', name, chart, '--reuse-values', ...changes, ...args);
  report('after helm upgrade the pod has the new values', (await plugins()) === 'debian, lab', await plugins());
  report('and answers at the same address, with its ISO', await isWhole());
  await kubectl.helm('rollback', name, '1', ...args);
  report('after helm rollback it has the former values', (await plugins()) === 'debian, fedora, lab', await plugins());
  report('and what was on the claim before', (await isWhole()) && (await inPod('ls', '/data/isos')).includes('kept'));
  const said = await kubectl.helm('uninstall', name, ...args);
  const claims = await kubectl.run('get', 'pvc', '-n', namespace, '-o', 'name');
  const isKept = ['iso', 'squid'].every((claim) => claims.includes(`persistentvolumeclaim/${name}-${claim}`));
  report('helm uninstall leaves both claims', isKept, claims.trim().split('\n').join(' '));
  report('and says so', /PersistentVolumeClaim/.test(said), said.trim().split('\n').join(' '));
  const isGone = async () => (await kubectl.run('get', 'pod', ...ofPod, '-o', 'name')).trim() === '';
  report('it leaves no pod', await comesTrue(isGone, { seconds: 60, stopping }));

  async function plugins(): Promise<string | undefined> {
    const log = await kubectl.run('logs', '-n', namespace, `deploy/${name}`, '-c', 'server');
    return /^Plugins: (.*)$/m.exec(log)?.[1];
  }
}
