import t from 'tap';
import { bytesText, messageOf, type Saw, withNeighbours, withoutRepeats } from '../../../core/machines/sightings.js';
import { RecentMap } from '../../../core/recent-map.js';

t.test('a message is one line of bounded length, without the token of an installation', async (t) => {
  const token = 'Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8';
  t.equal(
    messageOf(`wget http://192.0.2.1:8080/installations/${token}/done`),
    'wget http://192.0.2.1:8080/installations/…/done',
  );
  t.equal(messageOf(`curl: token ${token} refused`), 'curl: token … refused', 'wherever it stands');
  t.equal(messageOf('a\nb\u001b[0m'), 'a\\nb\\u001b[0m');
  t.equal(messageOf('x'.repeat(1e6)).length, 256);
  t.equal(messageOf('\n'.repeat(300)).length, 256);
  t.equal(messageOf('\ud800'), '\ufffd');
});

t.test('bytes are said in the unit that fits', async (t) => {
  t.strictSame([1, 999_999, 61_400_000, 3_220_000_000].map(bytesText), ['1 kB', '1000 kB', '61.4 MB', '3.2 GB']);
});

t.test('of many values the ones that were last asked for stay', async (t) => {
  const map = new RecentMap<number>(3);
  for (const key of ['a', 'b', 'c']) map.take(key, () => 1);
  map.take('a', () => 2);
  map.set('d', 4);
  t.strictSame(
    [...map.entries()],
    [
      ['c', 1],
      ['a', 1],
      ['d', 4],
    ],
  );
  map.clear();
  t.equal(map.get('d'), undefined);
});

t.test('the same thing is not said twice of a machine within a minute', async (t) => {
  let now = 0;
  const said: string[] = [];
  const saw: Saw = (who, stage, message) => said.push(`${who.address ?? who.mac} ${stage} ${message} ${now}`);
  const quiet = withoutRepeats(saw, () => now);
  for (const time of [0, 1000, 59_999, 60_000]) {
    now = time;
    quiet({ address: '192.0.2.9' }, 'Offered', 'a');
  }
  quiet({ address: '192.0.2.9' }, 'Offered', 'b');
  quiet({ address: '192.0.2.8' }, 'Offered', 'b');
  now = -60_000;
  quiet({ address: '192.0.2.8' }, 'Offered', 'b');
  t.strictSame(said, [
    '192.0.2.9 Offered a 0',
    '192.0.2.9 Offered a 60000',
    '192.0.2.9 Offered b 60000',
    '192.0.2.8 Offered b 60000',
    '192.0.2.8 Offered b -60000',
  ]);
});

t.test('who has an address is found out, and the order stays', async (t) => {
  const said: object[] = [];
  const slow = { promise: Promise.resolve(), go: (): void => {} };
  slow.promise = new Promise((resolve) => {
    slow.go = resolve;
  });
  const find = async (address: string): Promise<string | null> => {
    if (address === '192.0.2.7') await slow.promise;
    return address === '192.0.2.9' ? null : address === '127.0.0.1' ? 'local' : '52:54:00:00:00:07';
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  const saw = withNeighbours(
    (who, stage) => {
      said.push({ ...who, stage });
      if (said.length === 4) resolve();
    },
    { find },
  );
  saw({ address: '192.0.2.7' }, 'LoaderSent', 'a', 1);
  saw({ address: '192.0.2.9' }, 'KernelSent', 'b');
  saw({ address: '127.0.0.1' }, 'InitrdSent', 'c');
  saw({ mac: '52:54:00:00:00:01' }, 'Offered', 'd');
  slow.go();
  await promise;
  t.strictSame(said, [
    { address: '192.0.2.7', mac: '52:54:00:00:00:07', stage: 'LoaderSent' },
    { address: '192.0.2.9', stage: 'KernelSent' },
    { address: '127.0.0.1', stage: 'InitrdSent' },
    { mac: '52:54:00:00:00:01', stage: 'Offered' },
  ]);
});
