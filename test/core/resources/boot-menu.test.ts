import t from 'tap';
import { BootMenu } from '../../../core/resources/boot-menu.js';
import { Snapshot } from '../../../core/resources/snapshot.js';
import type { Store } from '../../../core/resources/store.js';

t.test('it is made once after each change, and again when it could not be made', async (t) => {
  const changed: (() => void)[] = [];
  let made = 0;
  let isBroken = true;
  const entries = async () => {
    made += 1;
    if (isBroken) throw new Error('the library is closed');
    return [];
  };
  const onChange = (listener: () => void) => {
    changed.push(listener);
    return () => true;
  };
  const snapshot = new Snapshot([]);
  const store: Pick<Store, 'snapshot' | 'onSnapshot'> = {
    snapshot,
    onSnapshot: (listener) => void onChange(() => listener(snapshot)),
  };
  const menu = new BootMenu({ catalogue: { entries }, store, library: { onChange }, plugins: { onChange } });
  await t.rejects(menu.options(), { message: 'the library is closed' });
  isBroken = false;
  t.strictSame(await Promise.all([menu.options(), menu.options()]), [[], []]);
  t.equal(made, 2);
  t.equal(changed.length, 3, 'resources, images and plugins');
  for (const [index, change] of changed.entries()) {
    change();
    await menu.options();
    t.equal(made, 3 + index);
  }
});
