import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { DnsmasqLog } from '../../../core/lan/dnsmasq-log.js';
import type { MachineStatus } from '../../../core/resources/machine.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { miniIso, smallConfiguration } from '../../helpers/isos.js';

const mac = '52:54:00:12:34:56';
const documents = resources(
  { kind: 'Configuration', name: 'web', spec: smallConfiguration },
  { kind: 'BootProfile', name: 'web', spec: { distro: 'mini', configuration: 'web' } },
  { kind: 'Machine', name: 'node1', spec: { macs: [mac], bootProfile: 'web', install: { generation: 1 } } },
);
const files = { 'isos/mini.iso': miniIso(), 'resources/lab.yaml': documents };

t.test('a machine that is installed has one history of all that was seen of it', async (t) => {
  const { url, data, server, saw, installerLog } = await buildApp(t, { files, settings: { identify: 'query' } });
  const log = new DnsmasqLog(saw);
  log.read('dnsmasq-dhcp[1]: 7 vendor class: PXEClient:Arch:00007:UNDI:003001');
  log.read(`dnsmasq-dhcp[1]: 7 PXE(net1) ${mac} proxy`);
  const headers = { 'user-agent': 'iPXE/1.21.1+' };
  // The next thing is done when the one before was seen.
  const bytes = async () =>
    (await server.metrics.getSingleMetricAsString('serabut_boot_stage_bytes_total')).split('\n');
  const get = async (path: string, stage: string): Promise<string> => {
    const text = await (await fetch(new URL(path, url), { headers })).text();
    const isCounted = async () => (await bytes()).some((line) => line.includes(`{stage="${stage}"}`));
    for (let tries = 0; !(await isCounted()) && tries < 500; tries++) await sleep(20);
    return text;
  };
  const script = await get(`/boot?mac=${mac}&arch=x86_64&platform=efi&uuid=`, 'ScriptSent');
  const [, answers = ''] = / url=(\S+preseed\.cfg)/.exec(script) ?? [];
  t.match(answers, '/installations/');
  await get('/iso/content/mini.iso/linux', 'KernelSent');
  await get('/with-firmware/mini/initrd.gz', 'InitrdSent');
  t.match(await get(answers, 'AnswersSent'), 'd-i ');
  installerLog.take('127.0.0.1', `<14>Nov 28 13:04:05 main-menu[310]: INFO: Menu item 'pkgsel' selected`);
  const end = answers.replace(/automation\/.*/, 'done');
  t.equal((await fetch(end, { method: 'POST' })).status, 200);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  t.match(metrics, 'serabut_installations_total{outcome="installed",reason="Reported"} 1');
  await server.close();
  const { status } = JSON.parse(readFileSync(join(data, 'state/Machine/node1.json'), 'utf8')) as {
    status: MachineStatus;
  };
  t.strictSame(
    status.timeline.map(({ stage }) => stage),
    ['Offered', 'AttemptBegan', 'ScriptSent', 'KernelSent', 'InitrdSent', 'AnswersSent', 'Progress', 'Installed'],
  );
  t.match(status.timeline.find(({ stage }) => stage === 'InitrdSent')?.message, 'sent the initrd of mini');
  const counted = await server.metrics.getSingleMetricAsString('serabut_boot_stage_seconds');
  t.match(counted, /_count\{stage="Installed"\} 1$/m);
  const token = answers.split('/')[4] ?? '';
  t.equal(token.length, 43);
  t.notMatch(JSON.stringify(status) + counted + metrics, token, 'its token is nowhere');
});

t.test('machines that share an address are told apart by their tokens and what they say', async (t) => {
  const install = { generation: 1, attempts: 2 };
  const machines = [1, 2].map((n) => {
    return { kind: 'Machine', name: `m${n}`, spec: { macs: [`52:54:00:aa:00:0${n}`], bootProfile: 'web', install } };
  });
  const shared = resources(
    { kind: 'Configuration', name: 'web', spec: smallConfiguration },
    { kind: 'BootProfile', name: 'web', spec: { distro: 'mini', configuration: 'web' } },
    ...machines,
  );
  const data = { 'isos/mini.iso': miniIso(), 'resources/lab.yaml': shared };
  const app = await buildApp(t, { files: data, settings: { identify: 'query' } });
  const boot = async (n: number): Promise<string> => {
    const script = await (await fetch(`${app.url}/boot?mac=52-54-00-aa-00-0${n}&platform=efi`)).text();
    const [, answers] = / url=(\S+preseed\.cfg)/.exec(script) ?? [];
    if (answers === undefined) return 'disk';
    t.equal((await fetch(answers)).status, 200);
    return `attempt ${app.store.get('Installation', `m${n}-1`)?.status.attempt}`;
  };
  for (const got of ['attempt 1', 'attempt 2', 'disk']) t.strictSame([await boot(1), await boot(2)], [got, got]);
  await app.server.close();
  for (const n of [1, 2]) {
    const { timeline = [] } = app.store.get('Machine', `m${n}`)?.status ?? {};
    const count = (wanted: string) => timeline.filter(({ stage }) => stage === wanted).length;
    t.strictSame([count('AttemptBegan'), count('AnswersSent')], [2, 2], `m${n}`);
    t.ok(count('ScriptSent') >= 1);
  }
});
