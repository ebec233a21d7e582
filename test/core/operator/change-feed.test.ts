import t from 'tap';
import { type Change, ChangeFeed, type FeedSources } from '../../../core/operator/change-feed.js';
import type { Store } from '../../../core/resources/store.js';

/** A feed, and whoever changes something. */
function world() {
  const listeners: { object?: Parameters<Store['onObject']>[0]; sign?: (machine: string) => void } = {};
  const all: { snapshot?: () => void; library?: () => void; plugins?: () => void } = {};
  let follows = true;
  const sources: FeedSources = {
    store: {
      onObject: (listener) => {
        listeners.object = listener;
      },
      onSnapshot: (listener) => {
        all.snapshot = listener as () => void;
      },
    },
    library: {
      onChange: (listener) => {
        all.library = listener;
        return () => {
          follows = false;
          return true;
        };
      },
    },
    plugins: {
      onChange: (listener) => {
        all.plugins = listener;
      },
    },
    machines: {
      onSign: (listener) => {
        listeners.sign = listener;
      },
    },
  };
  const feed = new ChangeFeed(sources);
  t.teardown(() => feed.close());
  const machine = (name: string) => listeners.object?.('Machine', name, undefined);
  const installation = (name: string, of: object | undefined) => listeners.object?.('Installation', name, of as never);
  return { feed, machine, installation, sign: (name: string) => listeners.sign?.(name), all, follows: () => follows };
}

/** Each time that the feed tells something, once it is asked for. */
function told(feed: ChangeFeed) {
  const rounds: (readonly Change[])[] = [];
  let wake: () => void = () => {};
  const stop = feed.listen((changes) => {
    rounds.push(changes);
    wake();
  });
  const count = async (wanted: number): Promise<(readonly Change[])[]> => {
    while (rounds.length < wanted)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return rounds;
  };
  return { rounds, count, stop };
}

t.test('the first change is told at once, and what comes soon after it together', async (t) => {
  const { feed, machine, sign, installation, all } = world();
  const { rounds, count } = told(feed);
  machine('a');
  t.strictSame(rounds, [[{ kind: 'Machine', name: 'a' }]]);
  for (let time = 0; time < 3; time++) {
    machine('b');
    sign('c');
  }
  installation('d-1', { spec: { machine: 'd' } });
  installation('e-1', undefined);
  all.plugins?.();
  all.snapshot?.();
  all.library?.();
  t.equal(rounds.length, 1);
  const [, second] = await count(2);
  t.strictSame(second, [
    { kind: 'Machine', name: 'b' },
    { kind: 'Machine', name: 'c' },
    { kind: 'Machine', name: 'd' },
    { kind: 'Plugin', name: null },
    { kind: 'Distro', name: null },
    { kind: 'Image', name: null },
  ]);
});

t.test('of very many changes only that there are many is told', async (t) => {
  const { feed, machine } = world();
  const { count } = told(feed);
  for (let n = 0; n < 5_000; n++) machine(`m-${n}`);
  const [, second = []] = await count(2);
  t.equal(second.length, 201);
  t.strictSame(second.at(-1), { kind: 'Machine', name: null });
});

t.test('nothing is kept while nobody listens, and whoever stops hears no more', async (t) => {
  const { feed, machine, follows } = world();
  machine('before');
  const first = told(feed);
  const second = told(feed);
  t.equal(feed.listeners, 2);
  first.stop();
  machine('a');
  t.strictSame([first.rounds, second.rounds], [[], [[{ kind: 'Machine', name: 'a' }]]]);
  feed.close();
  machine('b');
  t.equal(second.rounds.length, 1);
  t.equal(follows(), false, 'the library is not followed any more');
});
