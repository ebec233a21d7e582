import t from 'tap';
import { AttemptWriter } from '../../../core/machines/attempt-writer.js';
import type { Decision } from '../../../core/machines/outcome.js';
import { Records } from '../../../core/machines/records.js';
import { boot, client, mac, said, World } from '../../helpers/machines.js';

t.test('what has changed since it was decided about is decided about anew', async (t) => {
  const w = new World();
  w.backend.putMachine('a', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } });
  const { decision } = await w.lifecycle.ask(said({ mac: mac(1) }), client(), boot);
  if (decision.kind !== 'install') throw new Error(decision.reason);
  const now = () => w.clock.now;
  const writer = new AttemptWriter(new Records(w.store, w.roster, now, now), () => 'token');
  const machine = w.machine('a');
  const late = (attempt: object, ends?: object): Decision =>
    ({ ...decision, attempt: { ...decision.attempt, machine, ...attempt }, ...(ends && { ends }) }) as Decision;
  const end = { installation: 'a-1', reason: 'Stalled', message: 'x', isFinal: false };
  const before = w.installation('a-1');
  for (const [what, given] of Object.entries({
    'the attempt has begun meanwhile': late({ attempt: 1, begins: true }),
    'there is another one': late({ attempt: 2, begins: false }),
    'one has ended that was to end': late({ attempt: 3, begins: true }, end),
  })) {
    await t.rejects(writer.carryOut(given, client()), { code: 'SERABUT_ERR_CONFLICT' }, what);
    t.equal(w.installation('a-1'), before, what);
  }
  t.equal(await writer.carryOut(late({ attempt: 2, begins: true }, end), client()), 'token');
  t.match(w.installation('a-1').status, { attempt: 2, failures: [{ reason: 'Stalled' }] });
  w.backend.set('Installation', 'a-1', { ...before, status: { ...before.status, phase: 'Installed' } });
  const over: Decision = { kind: 'disk', methods: ['exit'], reason: '', machine: 'a', ends: { ...end, isFinal: true } };
  await t.rejects(
    writer.carryOut(over, client()),
    { code: 'SERABUT_ERR_CONFLICT' },
    'what is installed has not failed',
  );
});
