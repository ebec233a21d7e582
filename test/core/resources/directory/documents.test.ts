import t from 'tap';
import { readResources } from '../../../../core/resources/directory/documents.js';
import { resources } from '../../../helpers/build-app.js';
import { smallConfiguration } from '../../../helpers/isos.js';

const configuration = { kind: 'Configuration', name: 'c', spec: smallConfiguration };
const messages = async (dir: string) =>
  (await readResources(dir)).errors.map(({ where, message }) => `${where}: ${message}`);

t.test('defaults are filled in, and what is left out is null', async (t) => {
  const snapshot = await readResources(t.testdir({ 'a.yaml': resources(configuration) }));
  t.strictSame(snapshot.errors, []);
  t.match(snapshot.get('Configuration', 'c')?.spec, {
    locale: 'en_US.UTF-8',
    hostname: null,
    packages: [],
    storage: { disk: { path: null, size: 'largest' }, layout: 'direct' },
    users: [{ name: 'ada', fullName: null, sudo: true }],
  });
  t.equal(snapshot.get('Configuration', 'other'), undefined);
});

t.test('every mistake of every document is named at once, with file, path, expected and received', async (t) => {
  const yaml = `apiVersion: serabut.io/v1alpha1
kind: Configuration
metadata: { name: one }
spec:
  hostnme: x
  keyboard: 5
  users: [{ name: Ada }, { passwordHash: plain }]
  storage: { layout: zfs }
---
apiVersion: serabut.io/v2
kind: Konfiguration
metadata: { nam: two }
spec: {}
`;
  t.strictSame(await messages(t.testdir({ 'a.yaml': yaml })), [
    `a.yaml, document 1: a resource has 6 findings:
  - spec.hostnme: expected a known field (did you mean "hostname"?), received an unknown one
  - spec.keyboard: expected an object, received 5
  - spec.users[0].name: expected a user name in lower case, received "Ada"
  - spec.users[1].name: expected a user name in lower case, received nothing
  - spec.users[1].passwordHash: expected a password hash as of crypt(5), starting with "$"; or a secretRef, received "plain"
  - spec.storage.layout: expected one of "direct", "lvm", "raid1", received "zfs"`,
    `a.yaml, document 2: a resource has 4 findings:
  - apiVersion: expected "serabut.io/v1alpha1", received "serabut.io/v2"
  - kind: expected one of "Image", "Distro", "Configuration", "BootProfile", "MachineRule", "Machine", "Installation", received "Konfiguration"
  - metadata.name: expected lower-case letters, digits, "-" and ".", received nothing
  - metadata.nam: expected a known field (did you mean "name"?), received an unknown one`,
  ]);
});

t.test('a line break in a field of one line is refused: it would add a line to an answer file', async (t) => {
  const spec = { users: [{ ...smallConfiguration.users[0], fullName: 'a\nd-i evil/question string' }] };
  t.match(
    (await messages(t.testdir({ 'a.yaml': resources({ ...configuration, spec }) })))[0],
    /fullName: expected a name of one line/,
  );
});

t.test('two resources of one name are both unusable, and each says where the other is', async (t) => {
  const dir = t.testdir({
    'a.yaml': resources(configuration),
    'b.yaml': resources(configuration, { ...configuration, name: 'd' }),
  });
  const snapshot = await readResources(dir);
  t.match(snapshot.errors, [{ message: 'Configuration "c" has the name of the one in a.yaml; neither is used' }]);
  t.throws(() => snapshot.get('Configuration', 'c'), { code: 'SERABUT_ERR_RESOURCE_INVALID' });
  t.strictSame(
    snapshot.list('Configuration').map(({ name }) => name),
    ['d'],
  );
});

t.test('two Distros of one name are one message', async (t) => {
  const distro = { kind: 'Distro', name: 'debian', spec: { plugin: 'debian', image: 'i' } };
  t.strictSame(await messages(t.testdir({ 'a.yaml': resources(distro, distro) })), [
    'a.yaml, document 2: Distro "debian" has the name of the one in a.yaml, document 1; neither is used',
  ]);
});

t.test('a resource that is broken is not missing: asking for it says what is wrong', async (t) => {
  const snapshot = await readResources(
    t.testdir({ 'a.yaml': resources({ ...configuration, spec: { hostnme: 'x' } }) }),
  );
  t.throws(() => snapshot.get('Configuration', 'c'), { message: /hostnme/ });
});

t.test('a document of the wrong shape harms no other', async (t) => {
  const odd = 'apiVersion: serabut.io/v1alpha1\nkind: { toString: 1 }\nmetadata: { name: x }\nspec: {}\n';
  const snapshot = await readResources(t.testdir({ 'a.yaml': odd, 'b.yaml': resources(configuration) }));
  t.equal(snapshot.errors.length, 1);
  t.ok(snapshot.get('Configuration', 'c'));
});

t.test('text that is no YAML, empty documents, and files of other kinds', async (t) => {
  const dir = t.testdir({
    'broken.yaml': 'a: [1,\nb: }',
    'empty.yaml': '',
    'comment.yaml': '# nothing\n---\n',
    'list.yaml': '- 1\n',
    'note.txt': 'not: ours',
    '.hidden.yaml': 'a: 1',
    'bomb.yaml': `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
      .split('')
      .map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`)
      .join('\n')}`,
  });
  const found = await messages(dir);
  t.match(found[0], /^bomb\.yaml: a resource has 1 finding/);
  t.match(found[1], /^broken\.yaml: a resource has \d findings?:\n {2}- .* at line 2/);
  t.match(found[2], /^list\.yaml: .*expected a resource with apiVersion, kind, metadata and spec, received \[1\]/s);
  t.equal(found.length, 3);
});

t.test('the name of a Machine leaves room for the generations of its Installations', async (t) => {
  const named = (kind: string, length: number, spec: object) => ({ kind, name: 'a'.repeat(length), spec });
  const dir = t.testdir({
    'a.yaml': resources(named('Machine', 89, { serial: 's' }), named('Machine', 90, { serial: 's' })),
    'b.yaml': resources(named('MachineRule', 100, { bootProfile: 'web' })),
  });
  const snapshot = await readResources(dir);
  t.match(snapshot.errors, [
    { message: /metadata\.name: expected at most 89 characters/, where: 'a.yaml, document 2' },
  ]);
  t.equal(snapshot.errors.length, 1);
});

t.test('a Machine with nothing to know it by is refused', async (t) => {
  const machine = (name: string, spec: object) => resources({ kind: 'Machine', name, spec });
  const files = { 'a.yaml': machine('nobody', { bootProfile: 'web' }), 'b.yaml': machine('named', { serial: 'abc' }) };
  t.match(await messages(t.testdir(files)), [
    'a.yaml: a resource has 1 finding:\n  - spec.macs: expected a MAC address, or else a uuid or a serial',
  ]);
  t.equal((await messages(t.testdir({ 'b.yaml': files['b.yaml'] }))).length, 0);
});
