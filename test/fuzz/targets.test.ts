import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { fuzzers } from './fuzzers.js';
import { Random } from './random.js';
import type { FuzzTarget, Outcome } from './target.js';

/** How many inputs of each are tried here; `npm run fuzz` tries as many as one likes. */
const counts = { http: 200, yaml: 100, plugin: 80, 'dnsmasq-log': 300, checksums: 200, dhcp: 300, template: 100 };

/** Finds are named for what was wrong with them. */
const finds = new URL('../../../test/fuzz/finds/', import.meta.url);

for (const [name, count] of Object.entries(counts)) {
  t.test(`${name}: whatever comes is taken soundly or refused, and so are the finds`, async (t) => {
    const { module, seeds } = fuzzers[name] as (typeof fuzzers)[string];
    const { target } = (await import(module.href)) as { target: FuzzTarget };
    t.teardown(() => target.close?.());
    const start = await seeds();
    const mutate = target.mutator(start);
    const made = Array.from({ length: count }, (_, index) => mutate(new Random(1, index)));
    t.same(mutate(new Random(1, 7)), made[7], 'an input is made again from its number');
    const outcomes = await tried(t, target, made);
    t.ok(outcomes.includes('read') && outcomes.includes('refused'), `${name} takes some and refuses some`);
    await tried(t, target, findsOf(name));
    t.ok(
      (
        await tried(
          t,
          target,
          start.map(({ bytes }) => bytes),
        )
      ).includes('read'),
      'what it begins with is good',
    );
  });
}

async function tried(t: Test, target: FuzzTarget, inputs: readonly Uint8Array[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const input of inputs) {
    try {
      outcomes.push(await target.attempt(input));
    } catch (error) {
      t.fail(String(error), { input: Buffer.from(input).toString('latin1').slice(0, 1000) });
    }
  }
  t.equal(outcomes.length, inputs.length);
  return outcomes;
}

function findsOf(name: string): Buffer[] {
  const directory = new URL(`${name}/`, finds);
  return existsSync(directory) ? readdirSync(directory).map((file) => readFileSync(new URL(file, directory))) : [];
}
