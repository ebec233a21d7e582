import t from 'tap';
import { Neighbours, neighboursIn } from '../../../core/lan/neighbours.js';

const head = 'IP address       HW type     Flags       HW address            Mask     Device\n';
const row = (address: string, flags: string, mac: string, device = 'eth0'): string =>
  `${address.padEnd(16)} 0x1         ${flags.padEnd(10)}  ${mac}     *        ${device}\n`;

/** Neighbours on a table that tests write; `reads` counts how often it was read. */
function neighbours(text: string) {
  const state = { text, now: 0, reads: 0, own: ['192.168.88.2', 'fe80::2'] };
  const table = async () => {
    state.reads += 1;
    return state.text;
  };
  return { state, neighbours: new Neighbours({ table, own: () => state.own, now: () => state.now }) };
}

t.test('complete entries alone are known', async (t) => {
  const table =
    head +
    row('192.168.88.10', '0x2', '52:54:00:00:00:0A') +
    row('192.168.88.11', '0x0', '00:00:00:00:00:00') +
    row('192.168.88.12', '0x6', '52:54:00:00:00:0c') +
    row('192.168.88.13', '0x2', '*') +
    'nonsense\n\n';
  t.strictSame(
    [...neighboursIn(table)],
    [
      ['192.168.88.10', '52:54:00:00:00:0a'],
      ['192.168.88.12', '52:54:00:00:00:0c'],
    ],
  );
});

t.test('an address that is on two networks is known when both say the same', async (t) => {
  const both = (mac: string) =>
    head + row('10.0.0.1', '0x2', '52:54:00:00:00:01') + row('10.0.0.1', '0x2', mac, 'eth1');
  t.equal(neighboursIn(both('52:54:00:00:00:01')).get('10.0.0.1'), '52:54:00:00:00:01');
  t.equal(neighboursIn(both('52:54:00:00:00:02')).size, 0);
});

t.test('this host is local, also by an IPv4 address in the form of IPv6', async (t) => {
  const { neighbours: of } = neighbours(head + row('192.168.88.10', '0x2', '52:54:00:00:00:0a'));
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '192.168.88.2', '::ffff:192.168.88.2'])
    t.equal(await of.find(address), 'local', address);
  t.equal(await of.find('::ffff:192.168.88.10'), '52:54:00:00:00:0a');
  t.equal(await of.find('fe80::10'), null);
  t.equal(await of.find(''), null);
});

t.test('what is known holds for a second; what is missing is looked for at once', async (t) => {
  const { state, neighbours: of } = neighbours(head + row('10.0.0.1', '0x2', '52:54:00:00:00:01'));
  t.equal(await of.find('10.0.0.1'), '52:54:00:00:00:01');
  state.text = head + row('10.0.0.1', '0x2', '52:54:00:00:00:02') + row('10.0.0.3', '0x2', '52:54:00:00:00:03');
  state.now = 999;
  t.equal(await of.find('10.0.0.1'), '52:54:00:00:00:01');
  t.equal(state.reads, 1);
  state.now = 1000;
  t.equal(await of.find('10.0.0.1'), '52:54:00:00:00:02');
  state.text += row('10.0.0.4', '0x2', '52:54:00:00:00:04');
  t.equal(await of.find('10.0.0.4'), '52:54:00:00:00:04');
  t.equal(await of.find('10.0.0.5'), null);
});

t.test('many who ask at once are answered by two reads', async (t) => {
  const { state, neighbours: of } = neighbours(head);
  const asked = Array.from({ length: 100 }, (_, index) => of.find(`10.0.0.${index}`));
  state.text = head + row('10.0.0.7', '0x2', '52:54:00:00:00:07');
  const found = await Promise.all(asked);
  t.equal(found[7], '52:54:00:00:00:07', 'the second began after it had asked');
  t.equal(state.reads, 2);
});

t.test('without a table nobody is known', async (t) => {
  const table = () => Promise.reject(new Error('no such file'));
  const of = new Neighbours({ table, own: () => [], now: () => 0 });
  t.equal(await of.find('10.0.0.1'), null);
});

t.test("the kernel's own table can be read", async (t) => {
  t.equal(await new Neighbours().find('203.0.113.77'), null);
});

t.test('an entry is read anew after a second also when the clock of the host was set back', async (t) => {
  let passed = 5_000;
  t.intercept(performance, 'now', { value: () => passed });
  t.intercept(Date, 'now', { value: () => -passed });
  const { state } = neighbours(head + row('192.168.88.10', '0x2', '52:54:00:00:00:0a'));
  const found = new Neighbours({ table: async () => state.text, own: () => [] });
  t.equal(await found.find('192.168.88.10'), '52:54:00:00:00:0a');
  state.text = head + row('192.168.88.10', '0x2', '52:54:00:00:00:0b');
  passed += 1_000;
  t.equal(await found.find('192.168.88.10'), '52:54:00:00:00:0b');
});
