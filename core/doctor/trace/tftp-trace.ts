import { RecentMap } from '../../recent-map.js';
import { decodeTftp, type TftpMessage } from '../packets/tftp-message.js';
import type { Unreachable } from '../packets/transport.js';
import { add, type Seen, type Transfer } from './client.js';
import type { Clients } from './clients.js';

const tftpPort = 69;

/** Transfers that are followed at once. */
const mostTransfers = 4096;

/** A UDP datagram with its addresses. */
export interface Datagram {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly payload: Buffer;
  readonly length: number;
  /** The MAC address that it came from; empty where it was not recorded. */
  readonly mac: string;
}

/**
 * Follows what is read by TFTP. The server answers from a port of its own (RFC 1350 §4), so that a transfer is known by
 * the port of the machine.
 */
export class TftpTrace {
  readonly #clients: Clients;
  readonly #transfers = new RecentMap<Transfer>(mostTransfers);

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  note(seen: Seen, datagram: Datagram): void {
    const { source, sourcePort, destination, destinationPort, payload, length } = datagram;
    const [sent, received] = [
      this.#transfers.get(`${source}:${sourcePort}`),
      this.#transfers.get(`${destination}:${destinationPort}`),
    ];
    if (destinationPort !== tftpPort && sent === undefined && received === undefined) return;
    const message = decodeTftp(payload, length);
    if (message === undefined) return;
    if (message.kind === 'read' && destinationPort === tftpPort) this.#begin(seen, datagram, message.file);
    else if (received?.server === source) noteAnswer(received, seen, message);
    else if (sent?.server === destination) noteProgress(sent, seen, message);
  }

  noteUnreachable(seen: Seen, { source, sourcePort, destination, code }: Unreachable): void {
    const transfer = this.#transfers.get(`${source}:${sourcePort}`);
    if (transfer?.server === destination) transfer.unreachable = { ...seen, code };
  }

  #begin(seen: Seen, { source, sourcePort, destination: server, mac }: Datagram, file: string): void {
    const client = this.#clients.findOrAdd(mac, source);
    if (client === undefined) return;
    const key = `${source}:${sourcePort}`;
    const before = client.attempt.transfers.at(-1);
    // Firmware asks again from another port.
    const isAgain = before?.file === file && before.server === server && !before.isAnswered;
    const transfer = isAgain ? before : newTransfer(seen, server, file);
    if (isAgain) transfer.tries++;
    else add(client.attempt.transfers, transfer);
    transfer.last = seen.packet;
    this.#transfers.set(key, transfer);
  }
}

function newTransfer(seen: Seen, server: string, file: string): Transfer {
  return {
    ...seen,
    server,
    file,
    tries: 1,
    blockSize: 512,
    block: 0,
    isAnswered: false,
    isDone: false,
    isAborted: false,
    error: undefined,
    unreachable: undefined,
    last: seen.packet,
  };
}

function noteAnswer(transfer: Transfer, seen: Seen, message: TftpMessage): void {
  transfer.isAnswered = true;
  transfer.last = seen.packet;
  if (message.kind === 'options') transfer.blockSize = message.blockSize;
  if (message.kind === 'error') {
    transfer.error = { ...seen, code: message.code, message: message.message };
  }
  if (message.kind !== 'data') return;
  transfer.block = message.block;
  // The last block is the one that is not full (RFC 1350 §6).
  if (message.length < transfer.blockSize) transfer.isDone = true;
}

function noteProgress(transfer: Transfer, seen: Seen, message: TftpMessage): void {
  transfer.last = seen.packet;
  if (message.kind === 'acknowledgement') transfer.block = message.block;
  if (message.kind === 'error') transfer.isAborted = true;
}
