import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Test } from 'tap';
import { sumsOf } from './checksums.js';
import { miniFiles, pattern } from './isos.js';
import { makeIso } from './make-iso.js';

/** Debian's mini.iso as a reader downloads it: its kernel and initrd have the form of one, and nothing in them. */
export function bootableMini(): Buffer {
  const files = { ...miniFiles, linux: kernel(), 'initrd.gz': gzipSync(archive()) };
  return makeIso(files, { volumeId: 'ISOIMAGE', joliet: true });
}

/** What a kernel for x86_64 begins with (Linux Documentation/arch/x86/boot.rst; PE format §3). */
function kernel(): Buffer {
  const bytes = pattern(300_000, 2).fill(0, 0, 0x200);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write('PE\0\0', 0x80, 'latin1');
  bytes.writeUInt16LE(0x8664, 0x84);
  bytes.writeUInt16LE(1, 0x86); //                 one section,
  bytes.writeUInt16LE(0xf0, 0x94); //              behind an optional header of this length,
  bytes.writeUInt32LE(300_000 - 0x200, 0x198); //   to the end of the file
  bytes.writeUInt32LE(0x200, 0x19c);
  bytes.write('HdrS', 0x202, 'latin1');
  return bytes;
}

/** An empty cpio archive of format newc: its trailer alone. */
function archive(): Buffer {
  const fields = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return Buffer.from(`070701${digits}TRAILER!!!\0`.padEnd(512, '\0'), 'latin1');
}

/** An ISO whose list of checksums was made before a boot info table was written into its loader. */
export function alteredIso(): Buffer {
  const loader = pattern(20_000, 6);
  const files = { 'isolinux/isolinux.bin': loader, 'install/vmlinuz': pattern(30_000, 7) };
  const image = makeIso({ ...files, 'md5sum.txt': sumsOf(files), 'README.txt': 'no checksum' });
  const at = image.indexOf(loader);
  let sum = 0;
  for (let word = 64; word < loader.length; word += 4) sum = (sum + loader.readUInt32LE(word)) >>> 0;
  // mkisofs -boot-info-table: where the volume descriptor is, where the file is, how long, the sum of its words.
  for (const [index, value] of [16, at / 2048, loader.length, sum].entries())
    image.writeUInt32LE(value, at + 8 + 4 * index);
  return image;
}

/** The URL of a package proxy whose mirrors have every file, so that nothing that a document says leaves the machine. */
export async function packageProxy(t: Test): Promise<string> {
  const server = createServer((_, response) => response.end('Codename: trixie\n'));
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
