import t from 'tap';
import { isLike, ruleFor } from '../../../core/machines/rules.js';
import { mac, said } from '../../helpers/machines.js';
import { MemoryBackend } from '../../helpers/memory-store.js';

function rules(...specs: { name: string; match?: object; priority?: number }[]) {
  const backend = new MemoryBackend();
  backend.putSnapshot(
    specs.map(({ name, match = {}, priority = 0 }) => ({
      kind: 'MachineRule',
      name,
      spec: { match, priority, bootProfile: 'web' },
    })),
  );
  return backend.snapshot;
}

t.test('a star stands for any text, in the whole of what is said', async (t) => {
  for (const [pattern, text, fits] of [
    ['dell*', 'Dell Inc.', true],
    ['dell', 'Dell Inc.', false],
    ['*inc.', 'Dell Inc.', true],
    ['d*l*inc.', 'Dell Inc.', true],
    ['*', '', true],
    ['a*a', 'a', false],
    ['a*b*c', 'acb', false],
    ['ab*bc', 'abc', false],
    ['', 'x', false],
    ['*', null, false],
    [null, null, true],
  ] as const) {
    t.equal(isLike(text, pattern), fits, `${pattern} and ${text}`);
  }
  t.equal(isLike('a'.repeat(128), `${'*a'.repeat(64)}b`), false, 'in time that does not grow with the stars');
});

t.test('all that a rule says must fit, and what a machine does not say fits nothing', async (t) => {
  const match = {
    mac: '52:54:00',
    arch: 'x86_64',
    platform: 'efi',
    serial: 's*',
    manufacturer: 'QEMU',
    product: '*PC*',
    atLeastMemoryMiB: 2048,
  };
  const snapshot = rules({ name: 'r', match });
  const facts = {
    mac: mac(1),
    arch: 'x86_64',
    platform: 'efi',
    serial: 's1',
    manufacturer: 'qemu',
    product: 'Standard PC (Q35)',
    memoryMiB: 4096,
  } as const;
  t.equal(ruleFor(said(facts), snapshot)?.name, 'r');
  for (const name of Object.keys(facts)) {
    t.equal(ruleFor(said({ ...facts, [name]: null }), snapshot), undefined, name);
  }
  t.equal(ruleFor(said({ ...facts, memoryMiB: 2047 }), snapshot), undefined);
});

t.test('of several the one with the highest priority counts, then the first by name', async (t) => {
  t.equal(ruleFor(said(), rules({ name: 'b' }, { name: 'a' }))?.name, 'a');
  t.equal(ruleFor(said(), rules({ name: 'b', priority: 1 }, { name: 'a' }))?.name, 'b');
  t.equal(ruleFor(said(), rules()), undefined);
});
