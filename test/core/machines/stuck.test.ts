import t from 'tap';
import { boot, client, mac, minute, said, World } from '../../helpers/machines.js';

/** A machine that has its boot script, as of now. */
async function begun(): Promise<World> {
  const world = new World();
  world.backend.putMachine('a', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } });
  await world.lifecycle.ask(said({ mac: mac(1), platform: 'efi' }), client(), boot);
  return world;
}

const conditionsOf = (world: World) =>
  new Map(world.installation('a-1').status.conditions.map((condition) => [condition.type, condition]));

t.test('a stalled machine says where it is stuck and what to do, in its condition and its Event', async (t) => {
  const w = await begun();
  for (const stage of ['ScriptSent', 'KernelSent', 'InitrdSent'])
    w.lifecycle.saw({ mac: mac(1) }, stage, `sent ${stage}`, 1000);
  w.pass(30 * minute);
  await w.lifecycle.tick();
  const stuck =
    /^Nothing was heard of the machine for 30 minutes\. Stuck for 30 min after the initrd was sent, before an answer file was asked for: .+\./;
  t.match(conditionsOf(w).get('Stalled'), { status: 'True', reason: 'Silence', message: stuck });
  t.match(w.backend.told.at(-1), { happening: { reason: 'Stalled', message: stuck } });
});

t.test('the initrd of one attempt is none of the next', async (t) => {
  const w = await begun();
  w.lifecycle.saw({ mac: mac(1) }, 'InitrdSent', 'sent the initrd');
  w.lifecycle.saw({ mac: mac(1) }, 'AnswersSent', 'sent preseed.cfg');
  w.pass(minute);
  await w.lifecycle.tick();
  t.equal(conditionsOf(w).get('InitrdSent')?.status, 'True');
  await w.lifecycle.ask(said({ mac: mac(1), platform: 'efi' }), client(), boot);
  t.equal(w.installation('a-1').status.attempt, 2);
  t.equal(conditionsOf(w).get('InitrdSent'), undefined);
});

t.test('what is sent of a medium is one entry, however often it is written', async (t) => {
  const w = await begun();
  for (let part = 1; part <= 6; part++) {
    w.lifecycle.saw({ mac: mac(1) }, 'ContentSent', 'sent 3.5 MB of the medium', 3.5e6);
    w.pass(minute / 4);
    await w.lifecycle.tick();
  }
  w.pass(minute);
  await w.lifecycle.tick();
  const { timeline } = w.machine('a').status;
  t.match(timeline.slice(-1), [{ stage: 'ContentSent', bytes: 21e6, message: 'sent 21.0 MB of the medium' }]);
  t.equal(timeline.filter(({ stage }) => stage === 'ContentSent').length, 1);
});
