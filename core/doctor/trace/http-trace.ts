import { RecentMap } from '../../recent-map.js';
import { decodeHttpLine } from '../packets/http-line.js';
import type { TcpSegment, Unreachable } from '../packets/transport.js';
import { add, type Connection, type Seen } from './client.js';
import type { Clients } from './clients.js';

/** Connections that are followed at once, and servers of scripts that are known. */
const mostConnections = 4096;
const mostServers = 256;

/** A TCP segment with its addresses. */
export interface Segment extends TcpSegment {
  readonly source: string;
  readonly destination: string;
  /** The MAC address that it came from; empty where it was not recorded. */
  readonly mac: string;
}

/** Paths of a boot server of this project, by which one is known whose offer is not in the capture. */
const bootPath = /^\/(boot|ipxe)\b/;

/** Follows connections to the servers whose URLs machines were given, as far as the first lines. */
export class HttpTrace {
  readonly #clients: Clients;
  readonly #connections = new RecentMap<Connection>(mostConnections);
  readonly #servers = new RecentMap<true>(mostServers);

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Takes the URL that an offer has; a file name is none. */
  noteUrl(file: string): void {
    const url = /^https?:\/\/([\w.-]+)(?::(\d{1,5}))?(?=[/?]|$)/.exec(file);
    if (url === null) return;
    const [, host = '', port = file.startsWith('https') ? '443' : '80'] = url;
    // Which address a name has is not looked up: any server at the port is taken for it.
    this.#servers.set(/^[\d.]+$/.test(host) ? `${host}:${port}` : `*:${port}`, true);
  }

  note(seen: Seen, segment: Segment): void {
    const { source, sourcePort, destination, destinationPort } = segment;
    const towards = `${source}:${sourcePort} ${destination}:${destinationPort}`;
    const backwards = this.#connections.get(`${destination}:${destinationPort} ${source}:${sourcePort}`);
    if (backwards !== undefined) noteAnswer(backwards, seen, segment);
    else this.#noteRequest(seen, segment, towards);
  }

  noteUnreachable(seen: Seen, unreachable: Unreachable): void {
    const { source, sourcePort, destination, destinationPort, code } = unreachable;
    const connection = this.#connections.get(`${source}:${sourcePort} ${destination}:${destinationPort}`);
    if (connection !== undefined) connection.unreachable = { ...seen, code };
  }

  #noteRequest(seen: Seen, segment: Segment, key: string): void {
    const line = decodeHttpLine(segment.payload);
    const target = line?.kind === 'request' ? line.target : undefined;
    const connection = this.#connections.get(key);
    if (connection === undefined) {
      if (this.#isWanted(segment, target)) this.#begin(seen, segment, target, key);
      return;
    }
    if (segment.isSyn) connection.tries++;
    if (target === undefined) return;
    connection.request = { ...seen, target };
    connection.response = undefined;
  }

  #isWanted({ destination, destinationPort, isSyn, isAck }: Segment, target: string | undefined): boolean {
    if (target !== undefined && bootPath.test(target)) return true;
    const isKnown = [destination, '*'].some((host) => this.#servers.get(`${host}:${destinationPort}`));
    return isKnown && ((isSyn && !isAck) || target !== undefined);
  }

  #begin(seen: Seen, segment: Segment, target: string | undefined, key: string): void {
    const client = this.#clients.findOrAdd(segment.mac, segment.source);
    if (client === undefined) return;
    const connection: Connection = {
      ...seen,
      server: segment.destination,
      port: segment.destinationPort,
      tries: 1,
      // Who sends a request has a connection.
      accepted: target === undefined ? undefined : seen.packet,
      reset: undefined,
      request: target === undefined ? undefined : { ...seen, target },
      response: undefined,
      unreachable: undefined,
    };
    this.#connections.set(key, connection);
    add(client.attempt.connections, connection);
  }
}

function noteAnswer(connection: Connection, seen: Seen, { isSyn, isAck, isReset, payload }: Segment): void {
  if (isReset) connection.reset ??= seen.packet;
  else if (isSyn && isAck) connection.accepted ??= seen.packet;
  const line = decodeHttpLine(payload);
  // A status of 1xx is none yet (RFC 9110 §15.2).
  if (line?.kind === 'response' && line.status >= 200) connection.response ??= { ...seen, status: line.status };
}
