import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type ByteSource,
  changed,
  type FileIdentity,
  openUnchanged,
  requireUnchanged,
  type Segment,
} from './byte-source.js';
import type { Plan } from './plan.js';

/**
 * The size of each of the two buffers of a transfer: while one is with the socket, the other is filled. Measured in
 * test/bench/content: smaller ones cost system calls, larger ones fall out of the processor's cache.
 */
const bufferSize = 512 * 1024;

/** Carries a plan out. The only module that writes to a socket. */
export async function send(request: FastifyRequest, reply: FastifyReply, plan: Plan): Promise<FastifyReply> {
  if (plan.body === undefined || typeof plan.body === 'string') {
    return reply.code(plan.status).headers(plan.headers).send(plan.body);
  }
  const files = request.method === 'HEAD' ? new OpenFiles() : await OpenFiles.of(plan.body);
  try {
    reply.hijack();
    reply.raw.writeHead(plan.status, { ...plan.headers, 'content-length': plan.body.length });
    if (request.method === 'HEAD') reply.raw.end();
    else await new Transfer(reply.raw, files).run(plan.body);
  } catch (cause) {
    request.log.error({ err: cause }, 'a transfer was cut off');
    reply.raw.destroy();
  } finally {
    await files.close();
  }
  return reply;
}

/** The files that a source has stretches of, each open once. Opened before the first header is sent: a file that was
 * replaced since the plan was made is then still an error with a status of its own. */
class OpenFiles {
  readonly #open = new Map<string, { readonly file: FileIdentity; readonly handle: FileHandle }>();

  static async of(source: ByteSource): Promise<OpenFiles> {
    const files = new OpenFiles();
    try {
      for (const segment of source.segments) if (segment.kind === 'file') await files.#add(segment.file);
    } catch (error) {
      await files.close();
      throw error;
    }
    return files;
  }

  async #add(file: FileIdentity): Promise<void> {
    if (!this.#open.has(file.path)) this.#open.set(file.path, { file, handle: await openUnchanged(file) });
  }

  /** Throws when a file was written to since it was opened: what was sent may then be a mixture of old and new. */
  async requireUnchanged(): Promise<void> {
    for (const { file, handle } of this.#open.values()) await requireUnchanged(file, handle);
  }

  get(path: string): FileHandle {
    const handle = this.#open.get(path)?.handle;
    if (handle === undefined) throw new Error(`${path} was not opened`);
    return handle;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ handle }) => handle.close()));
  }
}

/** One body on its way into one response, with at most two buffers in flight. */
class Transfer {
  readonly #response: ServerResponse;
  readonly #files: OpenFiles;
  #inFlight = 0;
  #remaining = 0;
  #turn: 0 | 1 = 0;
  #closed: boolean;
  #wake: () => void = () => {};

  constructor(response: ServerResponse, files: OpenFiles) {
    this.#response = response;
    this.#files = files;
    this.#closed = response.destroyed;
  }

  /** Resolves when all is with the socket, or the client has gone. */
  async run(source: ByteSource): Promise<void> {
    // After an abort a write's callback may never come: 'close' must wake the loop as well.
    const onClose = () => {
      this.#closed = true;
      this.#wake();
    };
    this.#response.once('close', onClose);
    const size = Math.min(bufferSize, source.length);
    this.#remaining = source.length;
    const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
    for (const segment of source.segments) await this.#segment(segment, buffers);
    await this.#settle(0);
    if (this.#closed) return;
    this.#response.off('close', onClose);
    this.#response.end();
    if (!this.#response.writableFinished)
      await Promise.race([once(this.#response, 'finish'), once(this.#response, 'close')]);
  }

  async #segment(segment: Segment, buffers: readonly [Buffer, Buffer]): Promise<void> {
    if (segment.kind === 'bytes') return this.#write(segment.bytes);
    const handle = segment.kind === 'file' ? this.#files.get(segment.file.path) : undefined;
    for (let done = 0; done < segment.length && !this.#closed; ) {
      const buffer = buffers[this.#turn];
      this.#turn = this.#turn === 0 ? 1 : 0;
      const wanted = Math.min(buffer.length, segment.length - done);
      let got = wanted;
      if (segment.kind === 'zeros') buffer.fill(0, 0, wanted);
      else if (handle !== undefined) {
        got = (await handle.read(buffer, 0, wanted, segment.offset + done)).bytesRead;
        if (got === 0) throw changed(segment.file);
      }
      done += got;
      await this.#write(buffer.subarray(0, got));
    }
  }

  /** Hands bytes to the socket and waits until at most one buffer is still with it: the other one is then free. */
  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return;
    this.#remaining -= bytes.length;
    // The client takes a body that has its full length for whole, so the last bytes wait for this.
    if (this.#remaining === 0) await this.#files.requireUnchanged();
    this.#inFlight++;
    this.#response.write(bytes, () => {
      this.#inFlight--;
      this.#wake();
    });
    await this.#settle(1);
  }

  async #settle(atMost: number): Promise<void> {
    while (this.#inFlight > atMost && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
