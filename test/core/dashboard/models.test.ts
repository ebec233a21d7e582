import t from 'tap';
import { confirmPage } from '../../../core/dashboard/confirm-page.js';
import { imagesPage } from '../../../core/dashboard/images-page.js';
import { machinePage } from '../../../core/dashboard/machine-page.js';
import { distrosPage, pluginsPage } from '../../../core/dashboard/other-pages.js';
import { overviewPage } from '../../../core/dashboard/overview-page.js';
import { previewPage } from '../../../core/dashboard/preview-page.js';
import type { ImageView } from '../../../core/operator/image-view.js';
import type { MachineView } from '../../../core/operator/machine-view.js';
import type { Overview } from '../../../core/operator/overview.js';

const image: ImageView = {
  ...{ name: 'debian', declared: true, type: 'iso', file: 'debian.iso', url: null, state: 'ready', size: null },
  ...{ downloadedBytes: null, speed: null, digest: null, volumeId: null, recognised: null, verified: null },
  ...{ message: null, problem: null },
};

const machine: MachineView = {
  ...{ name: 'a', phase: 'Ready', discovered: false, acceptable: false, macs: ['52:54:00:00:00:01'], arch: 'x86_64' },
  ...{ bootProfile: null, generation: { wanted: 0, begun: 0, installed: 0 }, address: null, lastSeen: null },
  ...{ decision: null, proposal: null, problem: null, stage: null, progress: null, uuid: null, serial: null },
  ...{ hostname: null, where: 'x', manufacturer: 'Maker', product: 'Box', memoryMiB: 131_072, platform: 'efi' },
  ...{ installation: null, timeline: [] },
};

const noMachines = { Discovered: 0, Ready: 0, Pending: 0, Installing: 0, Installed: 0, Failed: 0, Conflict: 0 };

const looking = { session: { name: 'ada', csrf: 'x' }, actions: true, now: 0 };

function overview(more: Partial<Overview>): Overview {
  return {
    ...{ problems: [], problemsTotal: 0, running: [], discovered: [], machines: noMachines, isActing: true },
    images: { ready: 0, downloading: 0, waiting: 0, preparing: 0, missing: 0, failed: 0 },
    distros: { ready: 0, preparing: 0, failed: 0 },
    plugins: { loaded: 0, failed: 0 },
    ...more,
  };
}

t.test('what many have in common is one line', async (t) => {
  const silent = Array.from({ length: 10 }, (_, index) => {
    return { kind: 'Machine' as const, name: `m-${index}`, message: 'It was silent.' };
  });
  const plugin = { kind: 'Plugin' as const, name: '/data/plugins/odd/plugin.yaml', message: 'has 1 finding:\n  - id' };
  const resource = { kind: 'Resource' as const, name: 'all.yaml', message: 'wrong' };
  const { problems, moreProblems } = overviewPage(
    overview({ problems: [...silent, plugin, resource], problemsTotal: 20 }),
    [],
  );
  t.match(problems, [
    { kind: '10 Machines', message: 'It was silent.', moreNames: 2 },
    { kind: 'Plugin', message: 'has 1 finding.', names: [{ name: 'odd/plugin.yaml', href: '/plugins' }] },
    { kind: 'Resource', names: [{ name: 'all.yaml', href: undefined }] },
  ]);
  t.equal(problems[0]?.names.length, 8);
  t.equal(moreProblems, 8);
});

t.test('a server that does not act says so, and downloads are shown as far as they are', async (t) => {
  const state = { state: 'downloading', size: 100, downloadedBytes: 25, speed: 5 } as const;
  const { summary, downloads } = overviewPage(overview({ isActing: false }), [image, { ...image, ...state }]);
  t.match(summary, /Another server acts now/);
  t.strictSame(downloads, [{ name: 'debian', size: 100, arrived: 25, speed: 5, left: 15 }]);
});

t.test('an image says what is wrong, else what is done with it, else what is in it', async (t) => {
  const says = (more: Partial<ImageView>) => imagesPage([{ ...image, ...more }]).images[0];
  t.match(says({ problem: 'p', message: 'm' }), { message: 'p' });
  t.match(says({ message: 'm', recognised: 'r' }), { message: 'm' });
  t.match(says({ recognised: 'r', verified: true }), { message: 'r', checksum: 'matches', checksumKind: 'good' });
  t.match(says({ volumeId: 'v', verified: false }), { message: 'v', checksum: 'differs', checksumKind: 'bad' });
  t.match(says({ state: 'downloading' }), { message: '', checksum: 'not compared', arrived: 0, left: null });
});

t.test('a machine has the actions that make sense', async (t) => {
  const actions = (more: Partial<MachineView>, who: Parameters<typeof machinePage>[2] = looking) => {
    const { links, whyNoActions } = machinePage({ ...machine, ...more }, [], who);
    return [...links.map(({ title }) => title), ...(whyNoActions === undefined ? [] : [whyNoActions.slice(0, 20)])];
  };
  t.strictSame(actions({ discovered: true, acceptable: true }), ['Accept…', 'Forget…']);
  t.strictSame(actions({ bootProfile: 'web' }), ['Reinstall…']);
  t.strictSame(actions({ bootProfile: 'web', discovered: true, phase: 'Installing' }), ['Reinstall…']);
  t.strictSame(actions({}), ['Give it a BootProfil']);
  t.strictSame(actions({ bootProfile: 'web' }, { ...looking, session: undefined }), ['Log in to accept, re']);
  t.strictSame(actions({}, { ...looking, session: undefined, actions: false }), ['Nobody can act here.']);
});

t.test('the facts of a machine are those that are known', async (t) => {
  const facts = (more: Partial<MachineView>) => {
    return Object.fromEntries(
      machinePage({ ...machine, ...more }, [], looking).facts.map(({ title, text }) => [title, text]),
    );
  };
  t.match(facts({}), { Memory: '128 GiB', Model: 'Maker Box', Architecture: 'x86_64, efi', 'Host name': undefined });
  t.equal(facts({ memoryMiB: 512 }).Memory, '512 MiB');
  t.equal(facts({ memoryMiB: 1536 }).Memory, '1.5 GiB');
  t.equal(facts({ memoryMiB: null }).Memory, undefined);
  t.equal(facts({ proposal: { rule: 'r', bootProfile: 'web' } }).Proposed, 'web, by rule r');
});

t.test('an installation that was asked for and has not begun is said', async (t) => {
  const due = (wanted: number, bootProfile: string | null) =>
    machinePage({ ...machine, bootProfile, generation: { wanted, begun: 1, installed: 1 } }, [], looking).machine.due;
  t.match(due(2, 'web'), /as generation 2 .* erases its disk/);
  t.equal(due(1, 'web'), undefined);
  t.equal(due(2, null), undefined);
});

t.test('a question names the machine, and says what becomes of its disk', async (t) => {
  const installed = { ...machine, bootProfile: 'web', generation: { wanted: 3, begun: 3, installed: 3 } };
  t.match(confirmPage('reinstall', installed, []), { warning: 'The disk of a will be erased.', generation: '4' });
  const proposed = { ...machine, proposal: { rule: 'r', bootProfile: 'web' } };
  t.match(confirmPage('accept', proposed, ['db', 'web']), { profiles: ['db', 'web'], chosen: 'web', look: 'danger' });
  t.match(confirmPage('forget', machine, ['db']), { warning: '', profiles: [] });
});

t.test('a distro that is being prepared is not broken, and a plugin shows its findings one by one', async (t) => {
  const problem = { code: 'C', message: 'm', where: null, help: 'h' };
  const frame = { declared: false, title: null, plugin: null, iso: null, size: null, arch: null, kernel: null };
  const distro = { ...frame, name: 'd', initrd: null, firmware: 0, profiles: [], problem };
  const { broken } = distrosPage(
    [
      { ...distro, state: 'preparing' },
      { ...distro, state: 'failed' },
    ],
    [],
  );
  t.match(broken, [{ kind: 'busy' }, { kind: 'bad', help: 'h' }]);
  const failed = { id: null, origin: 'o', state: 'failed' as const, answers: [] };
  const { plugins } = pluginsPage([{ ...failed, problem: { ...problem, message: 'two:\n  - a\n  - b' } }]);
  t.match(plugins, [{ problem: 'two:', findings: ['a', 'b'], help: 'h' }]);
});

t.test('a text that is very long is cut', async (t) => {
  const files = [{ name: 'preseed.cfg', text: 'x'.repeat(200_010) }];
  const install = { bootProfile: 'web', files, problem: undefined };
  const { parts } = previewPage('a', 'http://s', {
    decision: { kind: 'disk', reason: 'r' },
    script: '#!ipxe',
    install,
  });
  t.match(parts[1]?.files[0]?.text.slice(-40), /… and 10 characters more$/);
  t.equal(parts[1]?.files[0]?.bytes, 200_010);
});
