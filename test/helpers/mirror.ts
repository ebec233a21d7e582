import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** How a mirror answers for one file. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;

/** A mirror on loopback, whose files may be served in every wrong way. */
export interface Mirror {
  readonly url: string;
  readonly files: Map<string, Buffer>;
  /** In place of the right behaviour, by path; it is called with what the file holds. */
  readonly wrong: Map<string, Behaviour>;
  /** Each request as `PATH RANGE`, where there was a range. */
  readonly requests: string[];
  close(): Promise<void>;
}

export async function startMirror(t: Test): Promise<Mirror> {
  const files = new Map<string, Buffer>();
  const wrong = new Map<string, Behaviour>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    requests.push([path, request.headers.range].filter((part) => part !== undefined).join(' '));
    const bytes = files.get(path) ?? Buffer.alloc(0);
    const behave = wrong.get(path) ?? (files.has(path) ? serveWithRanges : status(404));
    behave(request, response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  t.teardown(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, files, wrong, requests, close };
}

export const etagOf = (bytes: Buffer): string => `"${bytes.length}-${bytes.subarray(0, 16).toString('hex')}"`;

/** As a mirror should: RFC 9110 §14, for one range from some byte on. */
const serveWithRanges: Behaviour = (request, response, bytes) => {
  const { start, headers } = ranged(request, bytes);
  response.writeHead(start > 0 ? 206 : 200, headers);
  response.end(bytes.subarray(start));
};

function ranged(request: IncomingMessage, bytes: Buffer) {
  const tag = etagOf(bytes);
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const start = from !== undefined && request.headers['if-range'] === tag ? Number(from) : 0;
  const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
  return { start, headers: { 'content-length': bytes.length - start, etag: tag, ...range } };
}

/** Sends so many bytes of what was asked for, then nothing more. */
export const stallAfter =
  (count: number): Behaviour =>
  (request, response, bytes) => {
    const { start, headers } = ranged(request, bytes);
    response.writeHead(start > 0 ? 206 : 200, headers);
    response.write(bytes.subarray(start, start + count));
  };

/** Sends so many bytes of what was asked for, then ends the connection. */
export const cutAfter =
  (count: number): Behaviour =>
  (request, response, bytes) => {
    const { start, headers } = ranged(request, bytes);
    response.writeHead(start > 0 ? 206 : 200, headers);
    response.write(bytes.subarray(start, start + count), () => setImmediate(() => response.destroy()));
  };

export const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Behaviour =>
  (_, response) => {
    response.writeHead(code, headers);
    response.end(body);
  };
