/**
 * What stands beside `serabut up` on the boot server, or on the router of a cluster's boot LAN, in one process: the way
 * to the package mirror for Squid alone, a file server with the stand-ins for what the mirror lacks, and a receiver of
 * the installer's syslog.
 *
 * Usage: node neighbours.js SOCKET DIRECTORY ADDRESS [WAY_OUT_ADDRESS]
 */
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { join, normalize } from 'node:path';

const [socket = '', directory = '', address = '', wayOut = '127.0.0.80'] = process.argv.slice(2);

createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ path: socket, allowHalfOpen: true });
  near.on('error', () => far.destroy()).pipe(far);
  far.on('error', () => near.destroy()).pipe(near);
}).listen(80, wayOut);

createHttpServer(async (request, response) => {
  const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
  const body = await readFile(join(directory, path)).catch(() => undefined);
  response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 }).end(body);
}).listen(8081, address);

createSocket('udp4')
  .on('message', (message, { address: from }) =>
    console.log(from, message.toString('latin1').replaceAll('\n', ' ').trim()),
  )
  .bind(514, address, () => console.log('ready'));
