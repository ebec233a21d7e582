import type { Report } from '../cases.js';
import type { ApiServer } from './api-server.js';
import { objects } from './definitions-case.js';

interface Trial {
  readonly title: string;
  readonly plural: string;
  readonly spec: object;
  /** What the API server must say; it must take the object when this is left out. */
  readonly refusal?: RegExp;
}

const mac = '52:54:00:12:34:56';
const installation = { machine: 'a', bootProfile: 'web', attempts: 3, deadlineMinutes: 1, stalledMinutes: 1 };

const creations: readonly Trial[] = [
  { title: 'a Machine with a MAC', plural: 'machines', spec: { macs: [mac] } },
  { title: 'a Machine with null where there is nothing', plural: 'machines', spec: { macs: [], uuid: null, serial: 'x1', bootProfile: null } }, // biome-ignore format: a table
  { title: 'a Machine without identity', plural: 'machines', spec: { macs: [], uuid: null }, refusal: /at least one of macs, uuid and serial/ }, // biome-ignore format: a table
  { title: 'a MAC in upper case', plural: 'machines', spec: { macs: ['52:54:00:12:34:AB'] }, refusal: /should match/ },
  { title: 'a MAC twice', plural: 'machines', spec: { macs: [mac, mac] }, refusal: /Duplicate value/ },
  { title: 'a control character', plural: 'machines', spec: { serial: 'a\u2028b' }, refusal: /should match/ },
  { title: 'a word that is none of the words', plural: 'machines', spec: { macs: [mac], bootFromDisk: 'maybe' }, refusal: /Unsupported value/ }, // biome-ignore format: a table
  { title: 'a whole Configuration', plural: 'configurations', spec: { users: [{ name: 'ada', passwordHash: '$6$a$b', sshKeys: [] }], root: { passwordHash: null }, storage: { disk: { kind: null, size: 'largest' } }, mirrors: { debian: { host: 'a', directory: '/debian', securityHost: null } }, additions: { debian: { 'preseed.cfg': 'a\tb\n' } } } }, // biome-ignore format: a table
  { title: 'an empty Configuration', plural: 'configurations', spec: {} },
  { title: 'a number in place of a text', plural: 'configurations', spec: { locale: 1 }, refusal: /must be of type string/ }, // biome-ignore format: a table
  { title: 'a BootProfile with parameters of any form', plural: 'bootprofiles', spec: { distro: 'd', configuration: 'c', parameters: { a: { b: [1, null] } } } }, // biome-ignore format: a table
  { title: 'a Distro without an image', plural: 'distros', spec: { plugin: 'debian' }, refusal: /image: Required/ },
  { title: 'a MachineRule', plural: 'machinerules', spec: { match: { mac: '52:54:00', arch: null }, bootProfile: 'web' } }, // biome-ignore format: a table
  { title: 'an Installation', plural: 'installations', spec: { ...installation, generation: 1 } },
  { title: 'an Installation of generation 0', plural: 'installations', spec: { ...installation, generation: 0 }, refusal: /greater than or equal to 1/ }, // biome-ignore format: a table
];

/** Whether the API server takes and refuses what the definitions say that it shall. */
export async function checkRules(api: ApiServer, report: Report): Promise<void> {
  for (const [index, { title, plural, spec, refusal }] of creations.entries()) {
    const object = { ...typeOf(plural), metadata: { name: `rule-${index}` }, spec };
    const { status, body } = await api.ask('admin', 'POST', `${objects}/${plural}`, object);
    const holds = refusal === undefined ? status === 201 : status === 422 && refusal.test(body.message);
    report(`${title} is ${refusal === undefined ? 'taken' : 'refused'}`, holds, holds ? '' : JSON.stringify(body));
  }
  await checkChanges(api, report);
  for (const plural of ['machines', 'installations', 'configurations', 'bootprofiles', 'machinerules'])
    await api.ask('admin', 'DELETE', `${objects}/${plural}`);
}

async function checkChanges(api: ApiServer, report: Report): Promise<void> {
  const merge = (path: string, change: object) =>
    api.ask('admin', 'PATCH', `${objects}/${path}`, change, 'application/merge-patch+json');
  const generation = (value: number | null) => merge('machines/rule-0', { spec: { install: { generation: value } } });
  report('the generation can be raised', (await generation(2)).status === 200);
  const lowered = await generation(1);
  report('it cannot be lowered', lowered.status === 422, lowered.body.message);
  report('it cannot be taken away', (await generation(null)).status === 422);
  const without = await merge('machines/rule-0', { spec: { install: null } });
  report('it cannot be taken away with all of install', without.status === 422, without.body.message);
  const changed = await merge('installations/rule-13', { spec: { attempts: 5 } });
  report('the spec of an Installation cannot be changed', changed.status === 422, changed.body.message);
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const answer = await api.ask('admin', 'GET', `${objects}/machines`, undefined, 'application/json', table);
  const columns = (answer.body.columnDefinitions as { name: string; priority: number }[] | undefined) ?? [];
  const shown = columns.flatMap(({ name, priority }) => (priority === 0 ? [name] : [])).join(', ');
  const wanted = 'Name, Profile, Phase, Generation, Installed, Last seen, Age';
  report('kubectl get shows the columns of a Machine', shown === wanted, shown);
}

function typeOf(plural: string): { apiVersion: string; kind: string } {
  const kinds: Readonly<Record<string, string>> = { machines: 'Machine', configurations: 'Configuration', bootprofiles: 'BootProfile', distros: 'Distro', machinerules: 'MachineRule', installations: 'Installation' }; // biome-ignore format: a table
  return { apiVersion: 'serabut.io/v1alpha1', kind: kinds[plural] ?? '' };
}
