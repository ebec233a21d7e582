import type { ImageView } from '../operator/image-view.js';
import type { MachineSummary } from '../operator/machine-view.js';
import type { Overview } from '../operator/overview.js';
import { arriving } from './images-page.js';
import { countsOf, total } from './machines-page.js';

/** Where more is to be read of what has a problem; for a machine its own page. */
const sections: Readonly<Record<string, string>> = { Image: '/images', Distro: '/distros', Plugin: '/plugins' };

/** What the first page shows: what is wrong, then what waits for somebody, then what goes on. */
export function overviewPage(overview: Overview, images: readonly ImageView[]) {
  const { problems, problemsTotal, machines, discovered, running, isActing } = overview;
  return {
    summary: isActing ? '' : 'Another server acts now; this one serves files and answers.',
    counts: countsOf(machines),
    total: total(machines),
    problems: problems.map((problem) => ({ ...problem, href: hrefOf(problem) })),
    moreProblems: problemsTotal - problems.length,
    running: running.map(rowOf),
    moreRunning: machines.Installing - running.length,
    discovered: discovered.map(rowOf),
    moreDiscovered: machines.Discovered - discovered.length,
    downloads: images.filter(({ state }) => state === 'downloading').map(arriving),
  };
}

function hrefOf({ kind, name }: Overview['problems'][number]): string | undefined {
  return kind === 'Machine' ? `/machines/${encodeURIComponent(name)}` : sections[kind];
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
