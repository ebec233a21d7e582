import { EventEmitter } from 'node:events';
import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import type { BootableDistro, DistroEntry } from '../../../core/resources/catalogue.js';
import { ResourceConditions } from '../../../core/resources/conditions.js';
import { Snapshot } from '../../../core/resources/snapshot.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { resource, StatusStore } from '../../helpers/images.js';
import { miniIso, smallConfiguration } from '../../helpers/isos.js';

const profile = (name: string, distro: string, configuration: string) =>
  resource('BootProfile', name, { distro, configuration });

t.test('Distros, Configurations and BootProfiles say whether they can be used, anew after each change', async (t) => {
  const app = await buildApp(t, {
    files: {
      'isos/mini.iso': miniIso(),
      'resources/all.yaml': resources(
        { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
        { kind: 'Distro', name: 'debian', spec: { plugin: 'debian', image: 'mini' } },
        { kind: 'Distro', name: 'broken', spec: { plugin: 'debian', image: 'absent' } },
      ),
    },
  });
  const { store, events, conditions } = start(app.catalogue);
  t.teardown(() => conditions.close());
  const small = resource('Configuration', 'small', smallConfiguration);
  store.put(
    ...app.store.snapshot.list('Distro'),
    small,
    profile('good', 'debian', 'small'),
    profile('by-file', 'mini', 'small'),
    profile('no-distro', 'nowhere', 'small'),
    profile('bad-distro', 'broken', 'small'),
    profile('no-configuration', 'debian', 'nothing'),
  );
  await store.until('BootProfile', 'no-configuration', 'Ready=False ConfigurationNotFound');
  t.same(store.said('Distro', 'debian'), ['Ready=True Ready']);
  t.match(store.message('Distro', 'debian', 'Ready'), 'debian 13 netboot x86_64, from mini.iso');
  t.equal(conditions.recognised('mini.iso'), 'debian 13 netboot x86_64');
  t.equal(conditions.recognised('other.iso'), undefined);
  t.same(store.said('Distro', 'broken'), ['Ready=False DistroNotReady']);
  t.match(store.message('Distro', 'broken', 'Ready'), /there is no Image "absent" of type iso .* Mend the resource/);
  t.same(store.said('Configuration', 'small'), ['Valid=True Valid']);
  t.same(store.said('BootProfile', 'good'), ['Ready=True Ready']);
  t.same(store.said('BootProfile', 'no-distro'), ['Ready=False DistroNotFound']);
  t.same(store.said('BootProfile', 'bad-distro'), ['Ready=False DistroNotReady']);
  const { applied } = store;
  events.emit('change');
  store.put(profile('later', 'nowhere', 'small'));
  await store.until('BootProfile', 'later', 'Ready=False DistroNotFound');
  t.equal(store.applied, applied + 1, 'what has not changed is not written again');
});

t.test('what a distro does not support, a broken Configuration and a list that fails are said', async (t) => {
  const { store, conditions, logged, become } = start({ entries: async () => [] });
  t.teardown(() => conditions.close());
  const unsupported: DistroEntry = {
    name: 'd',
    distro: {
      ...distroWith(() => [{ path: 'spec.x', expected: 'nothing', received: 'a value' }]),
      iso: 'd.iso',
      title: 'D',
    },
  };
  become(async () => [unsupported]);
  store.put(
    resource('Configuration', 'c', smallConfiguration),
    profile('p', 'd', 'c'),
    resource('Distro', 'new', { plugin: 'debian', image: 'x' }),
  );
  await store.until('BootProfile', 'p', 'Ready=False Unsupported');
  t.match(store.message('BootProfile', 'p', 'Ready'), /spec.x: expected nothing, received a value/);
  t.same(store.said('Distro', 'new'), ['Ready=False NotFound']);
  const error = new SerabutError('SERABUT_ERR_RESOURCE_INVALID', 'a resource has 1 finding');
  store.become(new Snapshot([profile('p', 'd', 'c')]).withBroken('Configuration', 'c', error));
  await store.until('BootProfile', 'p', 'Ready=False ResourceInvalid');
  become(() => Promise.reject(new Error('no list')));
  store.put();
  while (logged.length === 0) await new Promise(setImmediate);
  t.same(logged, ['the statuses of resources could not be made']);
});

t.test('a Secret that cannot be read is said before anything boots, and that it can be', async (t) => {
  const distro = { ...distroWith(() => []), iso: 'd.iso', title: 'D' };
  const { store, conditions, secret } = start({ entries: async () => [{ name: 'd', distro }] }, 10);
  t.teardown(() => conditions.close());
  secret.read = async () => {
    throw new SerabutError('SERABUT_ERR_SECRET', 'Secret "vault", key "root": it is not there');
  };
  const root = { passwordHash: { secretRef: { name: 'vault', key: 'root' } } };
  store.put(resource('Configuration', 'c', { ...smallConfiguration, root }), profile('p', 'd', 'c'));
  await store.until('Configuration', 'c', 'Valid=False Secret');
  t.match(store.message('Configuration', 'c', 'Valid'), 'Secret "vault", key "root": it is not there');
  await store.until('BootProfile', 'p', 'Ready=False Secret');
  secret.read = async () => 'only for root';
  await store.until('Configuration', 'c', 'Valid=False Secret');
  secret.read = async () => {
    throw new SerabutError('SERABUT_ERR_STORE', 'the API server does not give it');
  };
  await store.until('Configuration', 'c', 'Valid=Unknown Store');
  secret.read = async () => '$6$abc$def';
  await store.until('Configuration', 'c', 'Valid=True Valid');
  t.same(store.said('BootProfile', 'p'), ['Ready=True Ready']);
  t.notMatch(JSON.stringify([...store.statuses]), /only for root|abc/);
});

t.test('a server that does not act writes nothing, and begins when it acts', async (t) => {
  const { store, conditions } = start({ entries: async () => [] }, 10);
  t.teardown(() => conditions.close());
  store.isActing = false;
  store.put(profile('p', 'd', 'c'));
  await new Promise(setImmediate);
  t.equal(store.applied, 0);
  store.isActing = true;
  await store.until('BootProfile', 'p', 'Ready=False DistroNotFound');
});

/** Conditions of a store of their own, whose catalogue may become another. */
function start(catalogue: { entries(): Promise<DistroEntry[]> }, lookMs?: number) {
  const store = new StatusStore();
  const events = new EventEmitter();
  const logged: string[] = [];
  let entries = () => catalogue.entries();
  const onChange = (listener: () => void) => {
    events.on('change', listener);
    return () => events.off('change', listener);
  };
  const log = (_: string, __: object, message: string) => logged.push(message);
  const secret = { read: async (): Promise<string> => '$6$abc$def' };
  const parts = {
    secrets: { read: () => secret.read() },
    store: store.asStore(),
    catalogue: { entries: () => entries() },
    library: { onChange },
    plugins: { onChange },
  };
  const conditions = new ResourceConditions({ ...parts, now: Date.now, log }, lookMs);
  conditions.start();
  const become = (next: () => Promise<DistroEntry[]>) => {
    entries = next;
  };
  return { store, events, conditions, logged, become, secret };
}

function distroWith(check: () => object[]): BootableDistro {
  return {
    plugin: { plugin: { id: 'x', check }, automation: new Map() },
    facts: {},
    medium: {},
  } as unknown as BootableDistro;
}
