import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { pickDisksScript } from '../../../core/render/pick-disks.js';
import type { DiskRule } from '../../../core/resources/configuration.js';
import { without } from '../../helpers/programs.js';

interface FakeDisk {
  readonly GB?: number;
  readonly rotational?: boolean;
  readonly removable?: boolean;
  readonly ro?: boolean;
  readonly hidden?: boolean;
  /** Loops, RAM disks and the like have no device behind them. */
  readonly virtual?: boolean;
}

const machine: Readonly<Record<string, FakeDisk>> = {
  loop0: { GB: 9000, virtual: true },
  'cciss!c0d0': { GB: 300, rotational: true },
  mmcblk0boot0: { GB: 700 },
  nvme0n1: { GB: 500 },
  nvme0c0n1: { GB: 8000, hidden: true },
  nvme1n1: { GB: 500 },
  sda: { GB: 4000, rotational: true },
  sdb: { GB: 250 },
  sdc: { GB: 5000, removable: true },
  sdd: { GB: 6000, ro: true },
  sde: { GB: 0 },
};

const anyDisk: DiskRule = { path: null, serial: null, kind: null, atLeastGB: null, size: 'largest' };

/** The shells that run it: that of this machine, and busybox's, which the installers have. */
const shells = [['sh', '-c'], ...(without('busybox') === false ? [['busybox', 'sh', '-c']] : [])];

function pick(t: Test, ...rules: Partial<DiskRule>[]): string {
  const dir = t.testdir({});
  for (const [name, disk] of Object.entries(machine)) {
    mkdirSync(join(dir, 'block', name, 'queue'), { recursive: true });
    if (!disk.virtual) mkdirSync(join(dir, 'block', name, 'device'));
    const files = {
      ro: disk.ro,
      removable: disk.removable,
      hidden: disk.hidden,
      size: ((disk.GB ?? 0) * 1e9) / 512,
      'queue/rotational': disk.rotational,
    };
    for (const [file, value] of Object.entries(files))
      writeFileSync(join(dir, 'block', name, file), `${Number(value ?? 0)}\n`);
  }
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin/udevadm'), `#!/bin/sh\necho ID_MODEL=x\necho "ID_SERIAL=Maker_\${5#/dev/}_SN-1"\n`);
  chmodSync(join(dir, 'bin/udevadm'), 0o755);
  symlinkSync('/dev/sdc', join(dir, 'by-id'));
  const filled = rules.map((rule) => ({
    ...anyDisk,
    ...rule,
    path: rule.path?.replace('BY-ID', join(dir, 'by-id')) ?? null,
  }));
  const script = `${pickDisksScript(filled)}\npick_disks`;
  const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, SYS_BLOCK: join(dir, 'block') };
  const results = shells.map(([shell = '', ...args]) => {
    const { status, stdout, stderr } = spawnSync(shell, [...args, script], { env, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : `${status}: ${stderr.trim()}`;
  });
  t.equal(new Set(results).size, 1, 'all shells say the same');
  return results[0] ?? '';
}

t.test('the largest disk that can be written and is not removable, or the smallest', async (t) => {
  t.equal(pick(t, {}), '/dev/sda');
});
t.test('the smallest', async (t) => t.equal(pick(t, { size: 'smallest' }), '/dev/sdb'));
t.test('of two of one size the first by name', async (t) => t.equal(pick(t, { kind: 'nvme' }), '/dev/nvme0n1'));
t.test('what does not rotate', async (t) => t.equal(pick(t, { kind: 'ssd', size: 'smallest' }), '/dev/sdb'));
t.test('what rotates; a name with a slash', async (t) => {
  t.equal(pick(t, { kind: 'hdd', size: 'smallest' }), '/dev/cciss/c0d0');
});
t.test('at least so large', async (t) => t.equal(pick(t, { atLeastGB: 251, size: 'smallest' }), '/dev/cciss/c0d0'));
t.test('exactly so large is large enough', async (t) =>
  t.equal(pick(t, { atLeastGB: 250, size: 'smallest' }), '/dev/sdb'),
);
t.test('by serial number', async (t) => t.equal(pick(t, { serial: 'nvme1n1_SN' }), '/dev/nvme1n1'));
t.test('by path, though it is not the largest', async (t) => t.equal(pick(t, { path: '/dev/sdb' }), '/dev/sdb'));
t.test('a removable one by its path, through a link', async (t) => t.equal(pick(t, { path: 'BY-ID' }), '/dev/sdc'));
t.test('all that is said must hold', async (t) => {
  t.equal(pick(t, { path: '/dev/sdb', kind: 'hdd' }), '1: serabut: no disk fits storage.disk');
});
t.test('one that cannot be written is none', async (t) => {
  t.equal(pick(t, { path: '/dev/sdd' }), '1: serabut: no disk fits storage.disk');
});
t.test('two by one rule are not the same', async (t) => {
  t.equal(pick(t, { kind: 'nvme' }, { kind: 'nvme' }), '/dev/nvme0n1 /dev/nvme1n1');
});
t.test('no second one', async (t) => {
  t.equal(pick(t, { path: '/dev/sdb' }, { path: '/dev/sdb' }), '1: serabut: no second disk fits storage.otherDisk');
});
