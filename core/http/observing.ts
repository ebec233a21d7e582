import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Counter } from 'prom-client';
import { simulationHeader } from '../machines/identity.js';
import { bytesText, messageOf, type Saw, type Stage, type Who, withoutRepeats } from '../machines/sightings.js';
import { contentMessage } from '../machines/timeline.js';
import { RecentMap } from '../recent-map.js';
import { type Outcome, whenClosed } from './outcome.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The Machine that asks, once a route knows it for sure: several may share an address. */
    machine: string | null;
  }
}

export interface ObservingOptions {
  readonly saw: Saw;
  readonly now?: () => number;
  /** After how many milliseconds what was sent of a medium is told, as one sum. */
  readonly sumMs?: number;
}

/** What is sent by a route, and what it is to people. */
interface Sending {
  readonly stage: Stage;
  readonly what: string;
  /** The route itself tells that it was sent, before it is: the state of an attempt depends on it. */
  readonly isTold?: boolean;
}

/** How many clients that read a medium are summed up at once. */
const mostClients = 1024;

/**
 * Tells what machines fetched when a response has closed, and counts the bytes of each stage. Files of a medium, of
 * which an installer may fetch thousands in a second, are summed up.
 */
export const observing = fp<ObservingOptions>(
  async (app: FastifyInstance, { saw, now = Date.now, sumMs = 15_000 }) => {
    const sums = new ContentSums(saw, sumMs);
    const failed = withoutRepeats(saw, now);
    const tell = ({ stage, what, isTold = false }: Sending, who: Who, outcome: Outcome): void => {
      if (isSent(outcome) && !outcome.isAborted && !isTold) saw(who, stage, messageOf(`sent ${what}`), outcome.bytes);
      else if (isFailure(stage, outcome)) failed(who, 'TransferFailed', failureText(what, outcome));
    };
    const bytes = new Counter({
      name: 'serabut_boot_stage_bytes_total',
      help: 'Bytes sent to machines, by the stage of their start that they are for.',
      labelNames: ['stage'],
      registers: [app.metrics],
    });
    app.decorateRequest('machine', null);
    app.addHook('onRequest', async (request, reply) => {
      const sending = sendingOf(request);
      // The address is gone when the socket is.
      const address = (request.ip as string | undefined)?.replace(/^::ffff:/, '');
      if (sending === undefined || address === undefined || request.method !== 'GET') return;
      whenClosed(request, reply, (outcome) => {
        if (isSent(outcome)) bytes.inc({ stage: sending.stage }, outcome.bytes);
        if (sending.stage === 'ContentSent') sums.add(address, isSent(outcome) ? outcome.bytes : 0);
        else tell(sending, request.machine === null ? { address } : { address, machine: request.machine }, outcome);
      });
    });
    app.addHook('onClose', async () => sums.tell());
  },
  { name: 'observing', fastify: '5.x', dependencies: ['request-metrics'] },
);

type Params = Readonly<Record<string, string>>;

/** By the patterns of the routes. A boot script names the initrd below /with-firmware; what else iPXE loads is a kernel. */
const sendings = new Map<string, (params: Params, request: FastifyRequest) => Sending>([
  ['/ipxe/:file', ({ file }) => ({ stage: 'LoaderSent', what: `${file} by HTTP` })],
  ['/boot', () => ({ stage: 'ScriptSent', what: 'the boot script' })],
  ['/boot/:distro', ({ distro }) => ({ stage: 'ScriptSent', what: `the boot script of ${distro}` })],
  ['/with-firmware/:distro/initrd.gz', ({ distro }) => ({ stage: 'InitrdSent', what: `the initrd of ${distro}` })],
  ['/configuration/:config/automation/:distro/:file', ({ file }) => ({ stage: 'AnswersSent', what: `${file}` })],
  ['/installations/:token/automation/:file', ({ file }) => ({ stage: 'AnswersSent', what: `${file}`, isTold: true })],
  ['/iso/download/:iso', ({ iso }) => ({ stage: 'ContentSent', what: `${iso}` })],
  ['/iso/content/:iso/*', (params, { headers }) => ofMedium(params, headers['user-agent'])],
]);

function ofMedium({ iso, '*': path = '' }: Params, agent = ''): Sending {
  // iPXE names itself so (src/net/tcp/httpcore.c); no installer does.
  if (agent.startsWith('iPXE/')) return { stage: 'KernelSent', what: `the kernel ${path} of ${iso}` };
  return { stage: 'ContentSent', what: path };
}

function sendingOf(request: FastifyRequest): Sending | undefined {
  // Who only plays a machine may run on one, of which nothing has happened.
  if (request.headers[simulationHeader] !== undefined) return undefined;
  const of = sendings.get(request.routeOptions.url ?? '');
  return of?.(request.params as Params, request);
}

const isSent = ({ status }: Outcome): boolean => status === 200 || status === 206;

/** cloud-init asks for files that need not be there. */
function isFailure(stage: Stage, { status, isAborted }: Outcome): boolean {
  if (stage === 'AnswersSent' && status === 404) return false;
  return status >= 400 || isAborted;
}

function failureText(what: string, { status, bytes }: Outcome): string {
  return messageOf(
    status >= 400 ? `asked for ${what}, answered with ${status}` : `broke ${what} off after ${bytesText(bytes)}`,
  );
}

/** What clients fetched of a medium, told of each as one sum. */
export class ContentSums {
  readonly #bytes = new RecentMap<number>(mostClients);
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly saw: Saw,
    private readonly afterMs: number,
  ) {}

  add(address: string, bytes: number): void {
    this.#bytes.set(address, (this.#bytes.get(address) ?? 0) + bytes);
    this.#timer ??= setTimeout(() => this.tell(), this.afterMs).unref();
  }

  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [address, bytes] of this.#bytes.entries())
      this.saw({ address }, 'ContentSent', contentMessage(bytes), bytes);
    this.#bytes.clear();
  }
}
