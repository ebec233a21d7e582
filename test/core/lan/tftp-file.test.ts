import t from 'tap';
import { TftpFile } from '../../../core/lan/tftp-file.js';

const data = (block: number, length: number) =>
  Buffer.concat([Buffer.from([0, 3, block >> 8, block & 255]), Buffer.alloc(length, block)]);
const options = (text: string) => Buffer.from(`\0\x06${text}`, 'latin1');
const file = () => new TftpFile('tftp://10.0.0.2/a');

t.test('blocks are taken in their order, up to the one that is shorter', async (t) => {
  const arriving = file();
  t.notOk(arriving.take(data(2, 512)), 'not the next one');
  t.ok(arriving.take(data(1, 512)));
  t.same(arriving.acknowledgement, Buffer.from([0, 4, 0, 1]));
  t.notOk(arriving.take(data(1, 512)), 'once');
  t.notOk(arriving.isWhole);
  t.ok(arriving.take(data(2, 0)));
  t.ok(arriving.isWhole);
  t.equal(arriving.bytes.length, 512);
  t.notOk(arriving.take(data(3, 1)), 'it was at its end');
});

t.test('a block size is agreed on once, before the first block, and only one that may be', async (t) => {
  const arriving = file();
  t.ok(arriving.take(options('blksize\x001428\0')));
  t.same(arriving.acknowledgement, Buffer.from([0, 4, 0, 0]));
  t.notOk(arriving.take(options('blksize\x001428\0')), 'a server that says it for ever is not listened to');
  t.ok(arriving.take(data(1, 1428)));
  t.notOk(arriving.isWhole);
  for (const size of ['0', '-1', '7', '65465', '1e9', 'x', '']) {
    const other = file();
    t.ok(other.take(options(`BLKSIZE\0${size}\0`)));
    t.notOk(other.take(data(1, 513)), `${size}: no block is longer than agreed`);
    t.ok(other.take(data(1, 511)));
    t.ok(other.isWhole, `512 in place of ${size}`);
  }
});

t.test('what is no packet of a transfer is passed over, and the word of the server is an error', async (t) => {
  for (const bytes of [Buffer.alloc(0), Buffer.from([0, 3]), Buffer.from([0, 9, 0, 1]), Buffer.from([0, 1, 97, 0])])
    t.notOk(file().take(bytes));
  t.throws(() => file().take(Buffer.from('\0\x05\0\x01no such file\0more')), {
    code: 'SERABUT_ERR_SIMULATION',
    reason: 'refused',
    message: 'the server says "no such file"',
  });
});

t.test('a file without end is given up', async (t) => {
  const arriving = file();
  arriving.take(options('blksize\x0065464\0'));
  const block = data(0, 65_464);
  const send = (number: number) => {
    block.writeUInt16BE(number, 2);
    return arriving.take(block);
  };
  t.throws(
    () => {
      for (let number = 1; send(number); number++);
    },
    { reason: 'long', message: /^it has more than 67108864 bytes$/ },
  );
});
