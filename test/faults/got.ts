import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What came of a request. */
export interface Got {
  /** 0 when no head came. */
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Whether the body came to the end that its head had said. */
  readonly isWhole: boolean;
}

/** Asks once, by a connection of its own; `pauseMs` is waited for after each piece that is taken. */
export function get(url: string, pauseMs = 0, onData: (bytes: number) => void = () => {}): Promise<Got> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, timeout: 60_000 }, async (response) => {
      const { statusCode: status = 0, headers } = response;
      const chunks: Buffer[] = [];
      const got = (isWhole: boolean): Got => ({ status, headers, body: Buffer.concat(chunks), isWhole });
      try {
        for await (const chunk of response) {
          chunks.push(chunk);
          onData(chunk.length);
          if (pauseMs > 0) await sleep(pauseMs);
        }
        resolve(got(response.complete));
      } catch {
        resolve(got(false));
      }
    });
    const nothing = (): void => resolve({ status: 0, headers: {}, body: Buffer.alloc(0), isWhole: false });
    sent.on('timeout', () => sent.destroy()).on('error', nothing);
    sent.end();
  });
}

/** How long it takes until something holds, in seconds, looked at again and again; undefined when it never does. */
export async function secondsUntil(holds: () => Promise<boolean>, most = 60): Promise<number | undefined> {
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  while (seconds() < most) {
    if (await holds()) return Math.round(seconds() * 10) / 10;
    await sleep(100);
  }
  return undefined;
}
