/**
 * Clients that take a body at a given rate, many in one process: `slow-clients URL CLIENTS BYTES-PER-SECOND`. Reports by
 * its parent's channel the seconds and bytes of each.
 */
import { connect } from 'node:net';

const url = new URL(process.argv[2] ?? '');
const clients = Number(process.argv[3]);
const rate = Number(process.argv[4]);
/** All clients read into the same memory: nobody looks at it. */
const buffer = Buffer.alloc(64 * 1024);

export interface Outcome {
  readonly bytes: number;
  readonly seconds: number;
}

const paused = new Set<() => void>();
const ticking = setInterval(() => {
  for (const resume of paused) resume();
}, 50);

function take(): Promise<Outcome> {
  const started = performance.now();
  let bytes = 0;
  const isAhead = () => bytes > (rate * (performance.now() - started)) / 1000;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const callback = (length: number): boolean => {
    bytes += length;
    if (!isAhead()) return true;
    paused.add(resume);
    return false;
  };
  const socket = connect({ port: Number(url.port), host: url.hostname, onread: { buffer, callback } });
  const resume = (): void => {
    if (isAhead()) return;
    paused.delete(resume);
    socket.resume();
  };
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`);
  socket.on('error', () => {});
  socket.on('close', () => resolve({ bytes, seconds: (performance.now() - started) / 1000 }));
  return promise;
}

process.send?.(await Promise.all(Array.from({ length: clients }, take)));
clearInterval(ticking);
