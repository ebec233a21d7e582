import t, { type Test } from 'tap';
import { Client } from '../../../core/kubernetes/client.js';
import { Lease } from '../../../core/kubernetes/lease.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';

const path = '/apis/coordination.k8s.io/v1/namespaces/boot/leases/serabut';

/** A clock that goes on when somebody waits for it, and those who wait. */
class Clock {
  now = 0;
  readonly #waiting = new Set<{ at: number; wake: () => void }>();

  readonly timing = {
    now: () => this.now,
    random: () => 0.5,
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const one = { at: this.now + ms, wake: resolve };
        this.#waiting.add(one);
        signal.addEventListener('abort', () => {
          this.#waiting.delete(one);
          reject(signal.reason);
        });
      }),
  };

  /** Lets time pass, and whoever waits do what it waited for. */
  async pass(ms: number, settled: () => Promise<unknown>): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + 500);
      const due = [...this.#waiting].filter(({ at }) => at <= this.now);
      for (const one of due) {
        this.#waiting.delete(one);
        one.wake();
      }
      if (due.length > 0) await settled();
    }
  }

  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }
}

async function make(t: Test, api: FakeCluster, identity: string) {
  const client = await Client.make(api.options);
  const clock = new Clock();
  const date = () => new Date(Date.UTC(2026, 0, 1) + clock.now);
  const logged: string[] = [];
  const log = (message: string) => logged.push(message);
  const lease = new Lease({ client, name: 'serabut', identity, timing: clock.timing, date, log });
  t.teardown(() => lease.close());
  /** Until it waits again: all its requests have ended. */
  const settled = async (): Promise<void> => {
    while (!clock.isAwaited) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = (ms: number) => clock.pass(ms, settled);
  return { lease, pass, clock, logged };
}

t.test('it is taken, renewed, and given up at the end', async (t) => {
  const api = await FakeCluster.start(t);
  const { lease, pass } = await make(t, api, 'one');
  t.equal(lease.isHeld, false);
  await lease.start();
  t.equal(lease.isHeld, true);
  t.match(api.object(path)?.spec, { holderIdentity: 'one', leaseDurationSeconds: 15, acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 }); // biome-ignore format: one line
  await pass(30_000);
  t.equal(lease.isHeld, true);
  t.match(api.object(path)?.spec, { acquireTime: '2026-01-01T00:00:00.000000Z', renewTime: /^2026-01-01T00:00:(2[89]|30)/ }); // biome-ignore format: one line
  await lease.close();
  t.equal(lease.isHeld, false);
  t.match(api.object(path)?.spec, { holderIdentity: '' });
});

t.test('while another one holds it, it waits; given up, it is taken at once', async (t) => {
  const api = await FakeCluster.start(t);
  const [one, two] = [await make(t, api, 'one'), await make(t, api, 'two')];
  await one.lease.start();
  await two.lease.start();
  t.equal(two.lease.isHeld, false);
  for (let step = 0; step < 20; step++) {
    await one.pass(2_000);
    await two.pass(2_000);
    t.strictSame([one.lease.isHeld, two.lease.isHeld], [true, false]);
  }
  await one.lease.close();
  await two.pass(3_000);
  t.equal(two.lease.isHeld, true);
  t.match(api.object(path)?.spec, { holderIdentity: 'two', leaseTransitions: 1 });
});

t.test('one that cannot renew it loses it before another one may take it', async (t) => {
  const api = await FakeCluster.start(t);
  const [one, two] = [await make(t, api, 'one'), await make(t, api, 'two')];
  await one.lease.start();
  await two.lease.start();
  for (const [fault, isHeld] of [
    ['reset', true],
    [503, true],
    ['lost', false],
  ] as const) {
    // biome-ignore format: one line
    api.fault = () => fault;
    await one.pass(4_000);
    t.equal(one.lease.isHeld, isHeld, String(fault));
  }
  api.fault = () => undefined;
  await two.pass(14_000);
  t.equal(two.lease.isHeld, false);
  await two.pass(4_000);
  t.equal(two.lease.isHeld, true);
  await one.pass(3_000);
  t.equal(one.lease.isHeld, false);
});

t.test('a process that was stopped for a while does not hold it when it goes on', async (t) => {
  const api = await FakeCluster.start(t);
  const { lease, clock, pass } = await make(t, api, 'one');
  await lease.start();
  clock.now += 60_000;
  t.equal(lease.isHeld, false);
  await pass(2_500);
  t.equal(lease.isHeld, true, 'nobody else has taken it meanwhile');
});

t.test('of two that take it at once one has it', async (t) => {
  const api = await FakeCluster.start(t);
  const [one, two] = [await make(t, api, 'one'), await make(t, api, 'two')];
  await Promise.all([one.lease.start(), two.lease.start()]);
  t.equal(Number(one.lease.isHeld) + Number(two.lease.isHeld), 1);
  const holder = one.lease.isHeld ? 'one' : 'two';
  t.match(api.object(path)?.spec, { holderIdentity: holder });
});

t.test('why it cannot be had is logged, once, and when that is over', async (t) => {
  const api = await FakeCluster.start(t);
  const { lease, pass, logged } = await make(t, api, 'one');
  api.fault = () => 403;
  await lease.start();
  await pass(6_000);
  t.match(logged, [/^the Lease serabut cannot be had or kept: 403 /]);
  api.fault = () => undefined;
  await pass(3_000);
  t.equal(lease.isHeld, true);
  t.match(logged.slice(1), ['the Lease serabut can be had again']);
  await pass(6_000);
  t.equal(logged.length, 2);
});
