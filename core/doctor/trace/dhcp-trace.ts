import { type DhcpMessage, messageType } from '../packets/dhcp-message.js';
import type { Unreachable } from '../packets/transport.js';
import { type Answer, add, type Seen } from './client.js';
import type { Clients } from './clients.js';

/** The port on which a server of boot programs is asked (PXE 2.1 §2.2.4). */
const bootServerPort = 4011;

const noAddress = '0.0.0.0';

/** Where a DHCP message came from and went to. */
export interface Way {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Notes questions of machines that boot from the network, and what is answered to these. */
export class DhcpTrace {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  note(seen: Seen, way: Way, message: DhcpMessage): void {
    if (message.isAnswer) this.#noteAnswer(seen, way, message);
    else this.#noteQuestion(seen, way, message);
  }

  noteUnreachable(seen: Seen, { source, destinationPort, code }: Unreachable): void {
    const attempt = this.#clients.find('', source)?.attempt;
    if (attempt !== undefined && destinationPort === bootServerPort) attempt.refused = { ...seen, code };
  }

  #noteQuestion(seen: Seen, { destination, destinationPort }: Way, message: DhcpMessage): void {
    const isHttpBoot = message.vendorClass.startsWith('HTTPClient');
    // What is not about network boot is the operating system's, or another host's.
    if (!isHttpBoot && !message.vendorClass.startsWith('PXEClient') && !message.isIpxe) return;
    if (message.clientAddress !== noAddress) this.#clients.noteAddress(message.clientAddress, message.mac);
    this.#clients.ask(message.mac, {
      ...seen,
      transaction: message.transaction,
      isDiscover: message.type === messageType.discover,
      bootServer: destinationPort === bootServerPort ? destination : undefined,
      isIpxe: message.isIpxe,
      isHttpBoot,
      arch: message.arch,
    });
  }

  #noteAnswer(seen: Seen, { source, sourcePort }: Way, message: DhcpMessage): void {
    const client = this.#clients.get(message.mac);
    const question = client?.attempt.questions.findLast(({ transaction }) => transaction === message.transaction);
    if (client === undefined || question === undefined) return;
    const from = message.serverId || source;
    if (message.address !== noAddress) this.#clients.noteAddress(message.address, message.mac);
    const isBootServer = sourcePort === bootServerPort || question.bootServer !== undefined;
    const answer = { ...seen, ...answerOf(message), from, isBootServer, isToIpxe: question.isIpxe };
    add(client.attempt.answers, answer);
  }
}

function answerOf(message: DhcpMessage): Omit<Answer, keyof Seen | 'from' | 'isBootServer' | 'isToIpxe'> {
  const { type, serverName, file, vendorClass, vendorOptions } = message;
  return {
    type,
    address: message.address === noAddress ? '' : message.address,
    nextServer: message.nextServer === noAddress ? '' : message.nextServer,
    serverName,
    file,
    isNetworkBoot: /^(PXE|HTTP)Client/.test(vendorClass),
    // A menu (tag 9) or boot servers (tag 8) that the firmware shall choose from (PXE 2.1 §2.2.3, table 2-1).
    hasMenu: hasSubOption(vendorOptions, 8) || hasSubOption(vendorOptions, 9),
    message: message.message,
  };
}

function hasSubOption(bytes: Buffer, wanted: number): boolean {
  for (let at = 0; at + 1 < bytes.length && bytes[at] !== 255; ) {
    if (bytes[at] === wanted) return true;
    at += bytes[at] === 0 ? 1 : 2 + (bytes[at + 1] ?? 0);
  }
  return false;
}
