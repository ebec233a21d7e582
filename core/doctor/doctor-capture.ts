import { createReadStream } from 'node:fs';
import { SerabutError } from '../errors.js';
import { readCapture } from './capture/read-capture.js';
import { type CaptureReport, captureReport } from './judge/capture-report.js';
import { Observer } from './trace/observer.js';

/** Bytes that are read of the file at once. */
const chunkBytes = 256 * 1024;

/** Reads a capture file and says what happened to each machine in it. Throws SERABUT_ERR_CAPTURE. */
export async function doctorFile(path: string, signal?: AbortSignal): Promise<CaptureReport> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes, signal });
  try {
    return await doctorCapture(stream);
  } catch (error) {
    if (error instanceof SerabutError) throw new SerabutError(error.code, error.message, { where: path, cause: error });
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new SerabutError('SERABUT_ERR_CAPTURE', error.message, { where: path, cause: error });
  } finally {
    stream.destroy();
  }
}

/** The same for the bytes of a file, as they come. */
export async function doctorCapture(chunks: AsyncIterable<Buffer>): Promise<CaptureReport> {
  const observer = new Observer();
  let isCut = false;
  const cut = () => {
    isCut = true;
  };
  for await (const frame of readCapture(chunks, cut)) observer.take(frame);
  return captureReport(observer, isCut);
}
