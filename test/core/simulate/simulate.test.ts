import t from 'tap';
import { clientNames } from '../../../core/simulate/client-kinds.js';
import { World } from '../../helpers/simulated-world.js';

t.test('machines of every kind, from power-on to the answers of their installer', async (t) => {
  const world = await World.make(t);
  for (const client of clientNames) {
    const { steps, fault } = await world.play(t, client);
    t.equal(fault, undefined, `${client}: nothing is broken`);
    const lines = steps.map(({ state, protocol, what }) => `${state} ${protocol} ${what}`).join('\n');
    t.matchSnapshot(lines.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'), client);
  }
  t.strictSame([...world.app.store.all('Machine')], [], 'nothing is recorded of them');
});
