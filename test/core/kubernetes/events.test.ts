import t, { type Test } from 'tap';
import { Client } from '../../../core/kubernetes/client.js';
import { Events } from '../../../core/kubernetes/events.js';
import type { Happening } from '../../../core/resources/store.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';

const subject = { kind: 'Machine', name: 'm1', uid: 'u' } as const;
const happening = (message: string): Happening => ({ type: 'Normal', reason: 'Tried', message });

async function make(t: Test) {
  const api = await FakeCluster.start(t);
  const client = await Client.make(api.options);
  let now = 0;
  const events = new Events(client, () => now, () => new Date(now)); // biome-ignore format: one line
  const pass = (ms: number) => {
    now += ms;
  };
  /** Tells one after the other, so that none is lost for being under way. */
  const tell = async (message: string): Promise<void> => {
    const before = api.objects('events').length;
    events.tell(subject, happening(message));
    for (let turn = 0; turn < 200 && api.objects('events').length === before; turn++)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const messages = () => api.objects('events').map(({ message }) => message);
  return { api, events, pass, tell, messages };
}

t.test('the same of the same is said once in a while', async (t) => {
  const { events, tell, pass, messages } = await make(t);
  await tell('one');
  events.tell(subject, happening('one'));
  await tell('two');
  pass(10 * 60_000);
  await tell('one');
  t.strictSame(messages(), ['one', 'two', 'one']);
});

t.test('there is no flood of them, and after a while there are some again', async (t) => {
  const { tell, pass, messages } = await make(t);
  for (let index = 0; index < 105; index++) await tell(`number ${index}`);
  t.equal(messages().length, 100);
  pass(4_000);
  for (let index = 0; index < 5; index++) await tell(`later ${index}`);
  t.strictSame(messages().slice(100), ['later 0', 'later 1']);
});

t.test('while the API server is away they are lost, and only some are tried', async (t) => {
  const { api, events, messages } = await make(t);
  const arrived = new Promise<void>((resolve) => {
    api.fault = () => {
      if (api.requests.length === 20) resolve();
      return 'stalled';
    };
  });
  for (let index = 0; index < 50; index++) events.tell(subject, happening(`number ${index}`));
  await arrived;
  t.equal(api.requests.length, 20);
  t.strictSame(messages(), []);
});

t.test('a refusal is no error, and a long message is cut', async (t) => {
  const { api, tell, messages } = await make(t);
  api.fault = () => 403;
  await tell('refused');
  api.fault = () => undefined;
  await tell('x'.repeat(2000));
  t.strictSame(messages(), [`${'x'.repeat(1023)}…`]);
});
