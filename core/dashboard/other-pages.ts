import type { DistroView, ProfileView } from '../operator/distro-view.js';
import type { PluginView } from '../operator/plugin-view.js';

/** What can be booted, and why the rest cannot. */
export function distrosPage(distros: readonly DistroView[], profiles: readonly ProfileView[]) {
  const ready = distros.filter(({ state }) => state === 'ready');
  return {
    summary: `${ready.length} of ${distros.length} can be booted`,
    ready,
    broken: distros.flatMap(({ name, state, problem }) => {
      if (problem === null) return [];
      return [{ name, kind: state === 'preparing' ? 'busy' : 'bad', ...problem }];
    }),
    profiles,
  };
}

/** The plugins, those with findings first. */
export function pluginsPage(plugins: readonly PluginView[]) {
  const loaded = plugins.filter(({ state }) => state === 'loaded').length;
  return {
    summary: `${loaded} of ${plugins.length} loaded`,
    plugins: plugins.map(({ id, origin, state, answers, problem }) => {
      const [first = '', ...lines] = (problem?.message ?? '').split('\n');
      const findings = lines.map((line) => line.replace(/^[ -]+/, ''));
      return {
        ...{ title: id ?? 'a plugin that could not be loaded', kind: state === 'loaded' ? 'good' : 'bad', origin },
        ...{ answers: answers.join(', '), problem: first, findings, help: problem?.help },
      };
    }),
  };
}
