import t, { type Test } from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { type ApiObject, isNewer } from '../../../core/kubernetes/api-object.js';
import { ObjectTable } from '../../../core/kubernetes/object-table.js';

const object = (name: string, version: number, uid = `uid-of-${name}`): ApiObject => ({
  metadata: { name, uid, resourceVersion: String(version) },
});

/** A table of versions, with what it tells. */
function make() {
  const told: string[] = [];
  const read = ({ metadata, spec }: ApiObject) =>
    spec === 'broken' ? new SerabutError('SERABUT_ERR_RESOURCE_INVALID', 'broken') : metadata.resourceVersion;
  const table = new ObjectTable<string>(read, (name, value) => told.push(`${name}=${value ?? 'gone'}`));
  return { table, told };
}

t.test('an older event does not undo what a write has answered', async (t) => {
  const { table, told } = make();
  table.put(object('a', 10));
  table.put(object('a', 9));
  table.put(object('a', 10));
  t.equal(table.get('a'), '10');
  table.put(object('a', 11));
  t.strictSame(told, ['a=10', 'a=11']);
});

t.test('what has gone does not come back by a late answer or event', async (t) => {
  for (const go of [
    (table: ObjectTable<string>) => table.gone(object('a', 12)),
    (table: ObjectTable<string>) => table.replace([], '12'),
  ]) {
    // biome-ignore format: one line
    const { table, told } = make();
    table.put(object('a', 10));
    go(table);
    table.put(object('a', 11));
    t.equal(table.get('a'), undefined);
    t.strictSame(told, ['a=10', 'a=gone']);
    table.put(object('a', 13, 'another'));
    t.equal(table.get('a'), '13', 'another one of its name does');
  }
});

t.test('that an object has gone says nothing of the next one of its name', async (t) => {
  const { table } = make();
  table.put(object('a', 10, 'first'));
  table.put(object('a', 20, 'second'));
  table.gone(object('a', 15, 'first'));
  table.put(object('a', 21, 'first'));
  t.equal(table.get('a'), '20');
  t.equal(table.uidOf('a'), 'second');
});

t.test('an object that was made after a list was taken stays, though the list lacks it', async (t) => {
  const { table } = make();
  table.put(object('old', 5));
  table.put(object('new', 50));
  table.replace([object('other', 7)], '40');
  t.strictSame([...table.values()], ['50', '7']);
});

t.test('what is told of an object that is being made waits until it is whole', async (t) => {
  const { table, told } = make();
  let finish: (made: ApiObject) => void = () => {};
  const making = table.make('a', () => new Promise((resolve) => (finish = resolve)));
  t.equal(table.isMaking('a'), true);
  table.put(object('a', 1));
  table.replace([object('a', 2), object('b', 2)], '2');
  t.strictSame(told, ['b=2']);
  finish(object('a', 3));
  t.equal(await making, '3');
  t.strictSame(told, ['b=2', 'a=3']);
  t.equal(table.isMaking('a'), false);
});

t.test('when the making fails, what was told meanwhile counts', async (t) => {
  const { table } = make();
  const making = table.make('a', async () => {
    table.put(object('a', 4));
    table.put(object('a', 5));
    throw new Error('refused');
  });
  await t.rejects(making, /refused/);
  t.equal(table.get('a'), '5');
});

t.test('a broken object has its name, and none of its value', async (t) => {
  const { table, told } = make();
  table.put({ ...object('a', 1), spec: 'broken' });
  t.equal(table.get('a'), undefined);
  t.strictSame([...table.values()], []);
  t.match([...table.broken()], [{ name: 'a' }]);
  t.strictSame(told, ['a=gone']);
  table.put(object('a', 2));
  t.strictSame([...table.broken()], [], 'until it is mended');
  table.put({ ...object('b', 3), spec: 'broken' });
  table.gone(object('b', 4));
  t.strictSame([...table.broken()], [], 'or gone');
});

t.test('the memory of what has gone is bounded', async (t) => {
  const { table } = make();
  const last = 10_001;
  for (let index = 0; index <= last; index++) table.gone(object('a', 1, `uid-${index}`));
  table.put(object('a', 2, `uid-${last}`));
  t.equal(table.get('a'), undefined);
  table.put(object('a', 3, 'uid-0'));
  t.equal(table.get('a'), '3');
});

t.test('versions are numbers, however long, or names', async (t: Test) => {
  t.equal(isNewer('10', '9'), true);
  t.equal(isNewer('9', '10'), false);
  t.equal(isNewer('90071992547409931', '90071992547409930'), true);
  t.equal(isNewer('5', '5'), false);
  t.equal(isNewer('b', 'a'), true);
  t.equal(isNewer('a', 'a'), false);
});
