import type { Report } from '../cases.js';
import { fromLan } from './boot-services.js';
import type { Cluster } from './cluster.js';
import { pluginMap } from './custom-plugin.js';
import { name, namespace, type Release } from './release.js';
import { comesTrue } from './until.js';

/** The plugins that the values chose, and what becomes of one that is changed in its ConfigMap. */
export async function checkPlugins({ kubectl, stopping }: Cluster, { server }: Release, report: Report): Promise<void> {
  const log = () => kubectl.run('logs', '-n', namespace, `deploy/${name}`, '-c', 'server');
  const loaded = /^Plugins: (.*)$/m.exec(await log())?.[1];
  report('the plugins are those of the values', loaded === 'debian, fedora, lab', loaded);
  const makes = async (word: string): Promise<boolean> =>
    (await fromLan('curl', '-sf', `${server}/boot/custom`)).includes(`lab plugin ${word}`);
  const patience = { seconds: 60, stopping };
  report('the custom plugin makes a boot script', await makes('one'));
  const changedAt = Date.now();
  await kubectl.apply(pluginMap(namespace, 'two'));
  const isLive = await comesTrue(() => makes('two'), patience);
  report('changed in its ConfigMap, it is live within a minute', isLive, `${(Date.now() - changedAt) / 1000} s`);
  await kubectl.apply(pluginMap(namespace, '{% nonsense'));
  const isRefused = async () => /"where":"\/plugins\/lab\/.*goes on working/.test(await log());
  report('a broken one is refused, and the log says why', await comesTrue(isRefused, patience));
  const events = () =>
    kubectl.run('get', 'events', '-n', namespace, '-o', 'jsonpath={range .items[*]}{.reason} {.message}{"\\n"}{end}');
  const isTold = async () => /^PluginRefused .*nonsense.*goes on working/ms.test(await events());
  report('an Event says why', await comesTrue(isTold, patience));
  report('the one before stays', await makes('two'));
  await kubectl.apply(pluginMap(namespace, 'three'));
  report('a mended one takes its place', await comesTrue(() => makes('three'), patience));
}
