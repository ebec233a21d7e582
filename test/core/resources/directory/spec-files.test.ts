import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { SpecFiles } from '../../../../core/resources/directory/spec-files.js';
import { resources } from '../../../helpers/build-app.js';

const machine = (name: string, serial = name) => ({ kind: 'Machine', name, spec: { serial } });
const rule = (name: string, priority = 0) => ({ kind: 'MachineRule', name, spec: { bootProfile: 'web', priority } });

t.test('only what has changed is read again, and only when it is the same at two looks', async (t) => {
  const data = t.testdir({ 'a.yaml': resources(machine('a')), 'b.yaml': resources(machine('b')) });
  const files = new SpecFiles(data);
  t.equal(await files.look('at once'), 'at rest');
  const [before, a, b] = [files.machines, files.machines.get('Machine', 'a'), files.machines.get('Machine', 'b')];
  t.equal(await files.look('when settled'), 'at rest');
  t.equal(files.machines, before);
  await writeFile(join(data, 'b.yaml'), resources(machine('b', 'other')));
  t.equal(await files.look('when settled'), 'changing');
  t.equal(files.machines.get('Machine', 'b'), b, 'somebody may still be writing');
  t.equal(await files.look('when settled'), 'at rest');
  t.equal(files.machines.get('Machine', 'b')?.spec.serial, 'other');
  t.equal(files.machines.get('Machine', 'a'), a);
  t.equal(before.get('Machine', 'b'), b, 'what was read before is as it was');
});

t.test('a new snapshot is made only for the kinds that are in it', async (t) => {
  const data = t.testdir({ 'a.yaml': resources(machine('a')), 'r.yaml': resources(rule('r')) });
  const files = new SpecFiles(data);
  await files.look('at once');
  const { snapshot, machines } = files;
  await writeFile(join(data, 'a.yaml'), resources(machine('a', 'other')));
  await files.look('at once');
  t.equal(files.snapshot, snapshot);
  t.not(files.machines, machines);
  await writeFile(join(data, 'r.yaml'), resources(rule('r', 7)));
  await files.look('at once');
  t.equal(files.snapshot.get('MachineRule', 'r')?.spec.priority, 7);
  t.strictSame(files.snapshot.list('Machine'), []);
});

t.test('a document moves from one file to another, and is there all the time', async (t) => {
  const data = t.testdir({ 'a.yaml': resources(machine('a'), machine('b')) });
  const files = new SpecFiles(data);
  await files.look('at once');
  await writeFile(join(data, 'a.yaml'), resources(machine('b')));
  await writeFile(join(data, 'c.yaml'), resources(machine('a')));
  await files.look('when settled');
  t.ok(files.machines.get('Machine', 'a'));
  await files.look('when settled');
  t.equal(files.machines.get('Machine', 'a')?.where, 'c.yaml');
  t.strictSame(files.machines.errors, []);
});

t.test('the Machines of a file that gets another name are there all the time', async (t) => {
  const data = t.testdir({ 'a.yaml': resources(machine('a')) });
  const files = new SpecFiles(data);
  await files.look('at once');
  await rename(join(data, 'a.yaml'), join(data, 'b.yaml'));
  await files.look('when settled');
  t.equal(files.machines.get('Machine', 'a')?.where, 'a.yaml');
  await files.look('when settled');
  t.equal(files.machines.get('Machine', 'a')?.where, 'b.yaml');
});

t.test('a directory that is gone changes nothing; when it comes back, so do its changes', async (t) => {
  const data = t.testdir({ here: { 'a.yaml': resources(machine('a')) } });
  const files = new SpecFiles(join(data, 'here'));
  await files.look('at once');
  await rename(join(data, 'here'), join(data, 'away'));
  await t.rejects(files.look('when settled'), { code: 'ENOENT' });
  t.ok(files.machines.get('Machine', 'a'));
  await rm(join(data, 'away/a.yaml'));
  await rename(join(data, 'away'), join(data, 'here'));
  t.equal(await files.look('when settled'), 'changing');
  t.ok(files.machines.get('Machine', 'a'), 'somebody may be giving it another name');
  t.equal(await files.look('when settled'), 'at rest');
  t.equal(files.machines.get('Machine', 'a'), undefined);
});

t.test('a link that leads nowhere is an error of its own, until it leads somewhere', async (t) => {
  const data = t.testdir({ place: { 'a.yaml': resources(machine('a')) } });
  await symlink('../target', join(data, 'place/b.yaml'));
  const files = new SpecFiles(join(data, 'place'));
  t.equal(await files.look('at once'), 'at rest');
  t.match(files.snapshot.errors, [{ where: 'b.yaml', message: /ENOENT/ }]);
  t.ok(files.machines.get('Machine', 'a'));
  await writeFile(join(data, 'target'), resources(machine('b')));
  await files.look('when settled');
  await files.look('when settled');
  t.strictSame(files.snapshot.errors, []);
  t.ok(files.machines.get('Machine', 'b'));
});
