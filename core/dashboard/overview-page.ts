import type { ImageView } from '../operator/image-view.js';
import type { MachineSummary } from '../operator/machine-view.js';
import type { Overview } from '../operator/overview.js';
import { arriving } from './images-page.js';
import { countsOf, total } from './machines-page.js';

/** Where more is to be read of what has a problem; for a machine its own page. */
const sections: Readonly<Record<string, string>> = { Image: '/images', Distro: '/distros', Plugin: '/plugins' };

/** How many lines of what is wrong are shown, and how many names in one. */
const mostGroups = 12;
const mostNames = 8;

const plurals: Readonly<Record<Problem['kind'], string>> = {
  Server: 'Servers',
  Machine: 'Machines',
  Image: 'Images',
  Distro: 'Distros',
  Plugin: 'Plugins',
  Resource: 'Resources',
};

/** What the first page shows: what is wrong, then what waits for somebody, then what goes on. */
export function overviewPage(overview: Overview, images: readonly ImageView[]) {
  const { problems, problemsTotal, machines, discovered, running, isActing } = overview;
  const shown = groupsOf(problems).slice(0, mostGroups);
  return {
    summary: isActing ? '' : 'Another server acts now; this one serves files and answers.',
    counts: countsOf(machines),
    total: total(machines),
    problems: shown,
    moreProblems: problemsTotal - shown.reduce((sum, { count }) => sum + count, 0),
    running: running.map(rowOf),
    moreRunning: machines.Installing - running.length,
    discovered: discovered.map(rowOf),
    moreDiscovered: machines.Discovered - discovered.length,
    downloads: images.filter(({ state }) => state === 'downloading').map(arriving),
  };
}

type Problem = Overview['problems'][number];

/** What is wrong, once for all that have it in common: of a power failure there is one line, not one for each machine. */
function groupsOf(problems: readonly Problem[]) {
  const groups = Map.groupBy(problems, ({ kind, message }) => `${kind} ${message}`);
  return [...groups.values()].map((group) => {
    const [{ kind, message }] = group as [Problem];
    return {
      kind: group.length === 1 ? kind : `${group.length} ${plurals[kind]}`,
      message: message.split('\n')[0]?.replace(/:$/, '.'),
      names: group.slice(0, mostNames).map(({ name }) => ({ name: shortOf(name), href: hrefOf(kind, name) })),
      moreNames: Math.max(0, group.length - mostNames),
      count: group.length,
    };
  });
}

function hrefOf(kind: Problem['kind'], name: string): string | undefined {
  return kind === 'Machine' ? `/machines/${encodeURIComponent(name)}` : sections[kind];
}

/** Of a path the last two parts; the page that is linked has all of it. */
function shortOf(name: string): string {
  return name.split('/').slice(-2).join('/');
}

function rowOf({ name, bootProfile, proposal, stage, progress, lastSeen, macs, address }: MachineSummary) {
  return {
    name,
    profile: bootProfile ?? proposal?.bootProfile ?? '',
    stage: stage ?? '',
    progress: progress ?? '',
    lastSeen,
    mac: macs[0] ?? '',
    address: address ?? '',
  };
}
