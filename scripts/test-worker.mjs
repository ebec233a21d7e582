// Runs test files in this process, one after the other, as lines on descriptor 3 name them, says TAP, and answers each
// line when the tests of the file are over. Argument: how long one file may take, in milliseconds.
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const limit = Number(process.argv[2]);
process.argv.length = 2;
const orders = new Socket({ fd: 3 });
for await (const file of createInterface({ input: orders })) {
  process.argv[1] = resolve(file); // tap names the directories of tests by it, and snapshots by what it was at first
  const { default: t } = await import('tap');
  t.setTimeout(limit); // from now on
  try {
    await import(pathToFileURL(process.argv[1]).href);
  } catch (error) {
    t.fail(`${file} could not be loaded`, error);
  }
  await t.test(`over ${file}`, async () => {}); // its turn comes after those of the file
  orders.write('over\n');
}
