import { type FreeBytes, freeBytes } from '../../images/space.js';
import { askDhcp } from '../../lan/dhcp-ask.js';
import type { DhcpAnswer, DhcpQuestion } from '../../lan/dhcp-packet.js';
import type { LanAddress } from '../../lan/lan-address.js';
import { tftpRead } from '../../lan/tftp-read.js';
import { simulationHeader } from '../../machines/identity.js';

/** What a server says by HTTP. */
export interface HttpAnswer {
  readonly status: number;
  /** Milliseconds since 1970 by its header Date; null without one. */
  readonly date: number | null;
  /** The beginning of the body. */
  readonly text: string;
}

/** What is looked with. */
export interface LiveTools {
  /** All answers to a question, to everybody or to port 4011 of one server. Throws where port 68 cannot be had. */
  readonly ask: (question: DhcpQuestion, server?: string) => Promise<readonly DhcpAnswer[]>;
  /** Throws a SerabutError that says why a file does not come. */
  readonly readTftp: (server: string, file: string) => Promise<Buffer>;
  /** Throws where nobody answers. */
  readonly get: (url: string) => Promise<HttpAnswer>;
  readonly free: FreeBytes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * How long an answer is waited for, in milliseconds; a question by DHCP is sent three times. dnsmasq offers an address
 * after three seconds, in which it pings whoever may have it. `others`: who comes after an address and something to boot.
 */
const waits = { dhcp: 2000, others: 1500, tftp: 1500, http: 5000 };

/** What is read of a body, in characters: an error of the server is shorter. */
const longestText = 4096;

export function liveTools(lan: LanAddress): LiveTools {
  return {
    ask: (question, server) =>
      askDhcp(lan, question, {
        waitMs: waits.dhcp,
        // Whoever answers is wanted: two servers are one too many.
        ...(server === undefined ? { isEnough: isBoth, graceMs: waits.others } : { isEnough: isAny, server }),
      }),
    readTftp: (server, file) => tftpRead(server, file, { waitMs: waits.tftp }),
    get,
    free: freeBytes,
    now: () => Date.now(),
  };
}

const isAny = (answers: readonly DhcpAnswer[]): boolean => answers.length > 0;

/** An address, and something that comes without one. */
function isBoth(answers: readonly DhcpAnswer[]): boolean {
  return new Set(answers.map(({ yiaddr }) => yiaddr === '0.0.0.0')).size === 2;
}

/** Has the server keep nothing of the request: this host may be a machine of it, and does not boot. */
async function get(url: string): Promise<HttpAnswer> {
  const headers = { [simulationHeader]: '1' };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(waits.http), redirect: 'manual' });
  const date = Date.parse(response.headers.get('date') ?? '');
  const { value } = (await response.body?.getReader().read()) ?? {};
  const text = new TextDecoder().decode(value).slice(0, longestText);
  return { status: response.status, date: Number.isNaN(date) ? null : date, text };
}
