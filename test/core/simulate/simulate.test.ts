import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import { clientNames } from '../../../core/simulate/client-kinds.js';
import { simulate } from '../../../core/simulate/simulate.js';
import { loopback } from '../../helpers/simulated-lan.js';
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

t.test('a port of the client that somebody else has is said', async (t) => {
  const other = createSocket('udp4').bind(0);
  await once(other, 'listening');
  t.teardown(() => new Promise<void>((resolve) => other.close(() => resolve())));
  const ports = { client: other.address().port, dhcp: 1, proxy: 1 };
  const from = { lan: loopback, asking: { ports } };
  const { fault } = await simulate({ client: 'uefi-x64', mac: '02:00:00:00:99:01', from });
  t.match(fault, { code: 'cannot-ask', cause: /^port \d+ cannot be had: .*EADDRINUSE/ });
});
