import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SerabutError } from '../errors.js';
import { RecentMap } from '../recent-map.js';

export interface SyslogOptions {
  readonly host: string;
  /** UDP and TCP; 0 for a free one. */
  readonly port: number;
  /** Takes each message, as it came. */
  readonly onMessage: (address: string, message: string) => void;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** As much of a message as is looked at, in bytes; RFC 3164 allows 1024, rsyslog sends more. */
const longestMessage = 2048;
/** Messages a second of one client, and as many at once. An installer that starts logs its whole boot. */
const rate = { perSecond: 200, atOnce: 2000 } as const;
/** Clients whose rate is known at once. */
const mostClients = 256;
/** Connections, of all clients and of one. */
const connections = { all: 128, ofOne: 4 } as const;
/** After how many milliseconds of silence a connection is closed; rsyslog makes a new one. */
const idleMs = 3_600_000;

/** How many messages a client may send yet, as of a time. */
interface Allowance {
  left: number;
  at: number;
}

/**
 * Receives syslog: datagrams (RFC 5426) as Debian's installer sends them, and lines over TCP (RFC 6587 §3.4.2), since Anaconda's
 * `inst.syslog` makes rsyslog connect (pyanaconda, anaconda_logging.py). What is too long is cut, what is too much
 * is dropped, and nothing is ever answered.
 */
export class SyslogReceiver {
  readonly #options: SyslogOptions;
  readonly #allowances = new RecentMap<Allowance>(mostClients);
  readonly #sockets = new Map<Socket, string>();
  readonly #udp: UdpSocket;
  readonly #tcp: Server;

  private constructor(options: SyslogOptions) {
    this.#options = options;
    this.#udp = createSocket('udp4', (message, { address }) =>
      this.#take(address, message.toString('utf8', 0, longestMessage)),
    );
    this.#tcp = createServer((socket) => this.#connected(socket));
  }

  /** Throws SERABUT_ERR_BAD_REQUEST when the port cannot be had. */
  static async listen(options: SyslogOptions): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver(options);
    try {
      receiver.#tcp.listen(options.port, options.host);
      await once(receiver.#tcp, 'listening');
      receiver.#udp.bind(receiver.port, options.host);
      await once(receiver.#udp, 'listening');
    } catch (cause) {
      await receiver.close();
      const message = `cannot receive syslog at ${options.host} port ${options.port}: ${(cause as Error).message}`;
      throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message, { cause });
    }
    // Such as a datagram that the kernel could not give: the next one may be well.
    receiver.#udp.on('error', () => {});
    receiver.#tcp.on('error', () => {});
    return receiver;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => {
        this.#tcp.close(() => resolve());
      }),
      new Promise<void>((resolve) => {
        this.#udp.close(resolve);
      }),
    ]);
  }

  #connected(socket: Socket): void {
    const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
    const ofOne = [...this.#sockets.values()].filter((other) => other === address).length;
    socket.on('error', () => {});
    if (address === '' || this.#sockets.size >= connections.all || ofOne >= connections.ofOne) {
      socket.destroy();
      return;
    }
    this.#sockets.set(socket, address);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setTimeout(idleMs, () => socket.destroy());
    const lines = new Lines((line) => this.#take(address, line));
    socket.on('data', (data) => lines.add(data.toString('utf8')));
    socket.once('end', () => lines.end());
  }

  #take(address: string, message: string): void {
    if (this.#isAllowed(address)) this.#options.onMessage(address, message);
  }

  /** A bucket of as many messages as may come at once, which fills up at the rate. */
  #isAllowed(address: string): boolean {
    const now = this.#options.now();
    const allowance = this.#allowances.take(address, () => ({ left: rate.atOnce, at: now }));
    const earned = ((now - allowance.at) / 1000) * rate.perSecond;
    allowance.left = Math.min(rate.atOnce, allowance.left + earned);
    allowance.at = now;
    if (allowance.left < 1) return false;
    allowance.left -= 1;
    return true;
  }
}

/** Cuts a stream into lines; of a long one only the beginning is kept. */
class Lines {
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  add(text: string): void {
    const parts = text.split('\n');
    for (const part of parts.slice(0, -1)) {
      this.onLine((this.#rest + part).slice(0, longestMessage));
      this.#rest = '';
    }
    this.#rest = (this.#rest + (parts.at(-1) ?? '')).slice(0, longestMessage);
  }

  end(): void {
    if (this.#rest !== '') this.onLine(this.#rest);
  }
}
