import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { simulationHeader } from '../../../core/machines/identity.js';
import { simulate } from '../../../core/simulate/simulate.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { dataFiles } from '../../helpers/simulated-data.js';

const known = '52:54:00:00:00:01';
const files = {
  ...dataFiles('http://127.0.0.1:1'),
  'resources/machines.yaml': resources(
    { kind: 'Machine', name: 'a', spec: { macs: [known], bootProfile: 'a-web', install: { generation: 1 } } },
    { kind: 'MachineRule', name: 'all', spec: { bootProfile: 'a-web', accept: true, maximum: 5 } },
  ),
};
const whole = (mac: string) =>
  `/boot?mac=${mac.replaceAll(':', '-')}&uuid=&serial=&manufacturer=&product=x&arch=x86_64`;
const headers = { [simulationHeader]: '1' };

t.test('of a machine that is only played nothing is kept, and no rule accepts it', async (t) => {
  const { server, store } = await buildApp(t, { files, settings: { identify: 'query' } });
  const unknown = whole('02:00:00:00:00:77');
  t.match((await server.inject({ url: unknown, headers })).body, 'menu Serabut');
  t.strictSame(
    [...store.all('Machine')].map(({ name }) => name),
    ['a'],
  );
  await server.inject(unknown);
  t.equal([...store.all('Machine')].length, 2, 'without the header it is recorded');
});

t.test('a machine that is due is not installed by somebody who plays it', async (t) => {
  const { server, store, url } = await buildApp(t, { files, settings: { identify: 'query' } });
  const { body } = await server.inject({ url: whole(known), headers });
  t.match(body, `/installations/${'x'.repeat(43)}/automation/`, 'the script has a token that is none');
  const walk = await simulate({ client: 'uefi-x64', mac: known, from: url });
  t.equal(walk.fault, undefined);
  t.match(walk.steps.at(-1), { state: '-', what: /^its answer files are given to the machine itself alone/ });
  t.strictSame([...store.all('Installation')], [], 'nothing has begun');
  t.match((await server.inject(whole(known))).body, /\/installations\/(?!x{43})/);
  t.equal([...store.all('Installation')].length, 1, 'without the header it begins');
});

t.test('what is sent to somebody who plays a machine is no history of the computer that he sits at', async (t) => {
  const { url } = await buildApp(t, { files });
  const sent = async (): Promise<string[]> =>
    (await (await fetch(`${url}/metrics`)).text()).match(/^serabut_boot_stage_bytes_total\{stage="\w+"\}/gm) ?? [];
  const ask = async (headers: Record<string, string>) => (await fetch(`${url}/boot`, { headers })).text();
  await ask(headers);
  t.strictSame(await sent(), []);
  await ask({});
  // Told when the response has closed.
  for (let tries = 0; tries < 200 && (await sent()).length === 0; tries++) await sleep(10);
  t.strictSame(await sent(), ['serabut_boot_stage_bytes_total{stage="ScriptSent"}']);
});

t.test('the header gives nothing that is refused without it', async (t) => {
  const { server, store } = await buildApp(t, { files });
  for (const path of [
    whole(known),
    `/boot/debian-13?profile=a-web&mac=${known}`,
    `/configuration/a-web/automation/debian-13/preseed.cfg?mac=${known}`,
  ]) {
    const [plain, marked] = [await server.inject(path), await server.inject({ url: path, headers })];
    t.match(plain.body, /Who asks is not Machine a|is not being installed now/);
    t.equal(marked.body, plain.body, path);
    t.equal(marked.statusCode, plain.statusCode);
  }
  t.strictSame([...store.all('Installation')], []);
});
