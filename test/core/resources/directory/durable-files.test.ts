import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { DurableFiles, type FileCalls, NotDurable } from '../../../../core/resources/directory/durable-files.js';
import { failing } from '../../../helpers/failing-files.js';

/** The calls of the system, each noted when it is over. */
function noting(done: string[]): FileCalls {
  const note = async <T>(text: string, call: Promise<T>): Promise<T> => {
    const result = await call;
    done.push(text);
    return result;
  };
  return {
    open: async (path, flags) => {
      const file = await note(`open ${basename(path)} ${flags}`, open(path, flags));
      return {
        writeFile: (text) => note(`write ${basename(path)}`, file.writeFile(text)),
        sync: () => note(`sync ${basename(path)}`, file.sync()),
        close: () => note(`close ${basename(path)}`, file.close()),
      };
    },
    rename: (from, to) => note(`rename ${basename(from)} ${basename(to)}`, rename(from, to)),
    unlink: (path) => note(`unlink ${basename(path)}`, unlink(path)),
  };
}

t.test('a file is whole on the disk before it gets its name, and its name is on the disk at the end', async (t) => {
  const directory = t.testdir({ place: { 'a.json': 'old' } });
  const done: string[] = [];
  const files = new DurableFiles(noting(done));
  await files.replace(join(directory, 'place/a.json'), 'new');
  t.strictSame(done.splice(0), [
    'open .1.tmp wx',
    'write .1.tmp',
    'sync .1.tmp',
    'close .1.tmp',
    'rename .1.tmp a.json',
    'open place r',
    'sync place',
    'close place',
  ]);
  t.equal(await readFile(join(directory, 'place/a.json'), 'utf8'), 'new');
  await files.remove(join(directory, 'place/a.json'));
  t.strictSame(done, ['unlink a.json', 'open place r', 'sync place', 'close place']);
  t.strictSame(await readdir(join(directory, 'place')), []);
});

for (const call of ['open', 'write', 'sync', 'close', 'rename'] as const) {
  t.test(`when ${call} fails, the old file is there and nothing else`, async (t) => {
    const directory = t.testdir({ 'a.json': 'old' });
    const path = join(directory, 'a.json');
    const files = new DurableFiles(failing(call, 'ENOSPC'));
    await t.rejects(files.replace(path, 'new'), { code: 'ENOSPC' });
    t.strictSame(await readdir(directory), ['a.json']);
    t.equal(await readFile(path, 'utf8'), 'old');
  });
}

t.test('when the directory cannot be synced, the new file is there and that is said', async (t) => {
  const path = join(t.testdir({ 'a.json': 'old' }), 'a.json');
  const files = new DurableFiles(failing('sync directory', 'EIO'));
  await t.rejects(files.replace(path, 'new'), NotDurable);
  t.equal(await readFile(path, 'utf8'), 'new');
  await t.rejects(files.remove(path), NotDurable);
  await t.rejects(readFile(path), { code: 'ENOENT' });
});

t.test('what cannot be removed is there', async (t) => {
  const path = join(t.testdir({ 'a.json': 'old' }), 'a.json');
  await t.rejects(new DurableFiles(failing('unlink', 'EACCES')).remove(path), { code: 'EACCES' });
  t.equal(await readFile(path, 'utf8'), 'old');
});
