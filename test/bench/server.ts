/**
 * The server that the benchmarks ask: Serabut on a data directory, and beside its own routes `/joined`, a source of all
 * kinds of segments: a file inside the ISO, zero bytes, bytes from memory, another file.
 */
import { statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { compose } from '../../core/compose.js';
import { bytesSource, fileSource, identityOf, joinSources } from '../../core/http/byte-source.js';
import { sourcePlan } from '../../core/http/plan.js';
import { readable } from '../../core/http/readable.js';
import { isoFileSource, lookup } from '../../core/iso/lookup.js';
import { pattern } from '../helpers/isos.js';

const data = process.argv[2] ?? '';
const ipxeDirectory = join(data, 'ipxe');
const application = await compose({
  dataDirectory: data,
  settings: { url: undefined, proxy: null, defaultEntry: undefined, ipxeDirectory },
  logger: { level: 'error', stream: process.stderr },
});
let inMemory: Buffer | undefined;
readable(application.server, '/joined', {}, (request) => {
  inMemory ??= pattern(20_000_001);
  const volume = application.library.volume('bench.iso');
  const node = lookup(volume, 'pool/large');
  if (node.kind !== 'file') throw new Error('pool/large is no file');
  const firmware = join(data, 'firmware/large');
  const last = fileSource(identityOf(firmware, statSync(firmware, { bigint: true })));
  const parts = [isoFileSource(volume, node), bytesSource(inMemory), last];
  return sourcePlan(joinSources(parts, 512), 'application/octet-stream', request);
});
await application.server.listen({ host: '127.0.0.1', port: 0 });
await application.start();
process.on('message', () => {
  const { buffers, files } = application.server.sender;
  application.server.server.getConnections((_error, connections) => {
    const left = { connections, 'bytes of buffers in use': buffers.lentBytes, 'open files': files.openCount };
    process.send?.(left);
  });
});
process.send?.(`http://127.0.0.1:${(application.server.server.address() as AddressInfo).port}`);
process.once('SIGTERM', () => void application.close().then(() => process.exit()));
