/** Where in the capture something was seen. */
export interface Seen {
  /** Number of the packet, as Wireshark counts. */
  readonly packet: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/** A DISCOVER or REQUEST of a machine that boots from the network. */
export interface Question extends Seen {
  readonly transaction: number;
  readonly isDiscover: boolean;
  /** The server that is asked on port 4011; undefined for a question to everybody on port 67. */
  readonly bootServer: string | undefined;
  readonly isIpxe: boolean;
  readonly isHttpBoot: boolean;
  readonly arch: number | undefined;
}

/** What a server says to a question. */
export interface Answer extends Seen {
  readonly type: number;
  readonly from: string;
  /** Whether it is an answer to a question on port 4011. */
  readonly isBootServer: boolean;
  /** Whether the question was one of iPXE's. */
  readonly isToIpxe: boolean;
  /** The address that is given; empty in a proxyDHCP offer. */
  readonly address: string;
  readonly nextServer: string;
  readonly serverName: string;
  readonly file: string;
  /** Option 60 is PXEClient or HTTPClient. */
  readonly isNetworkBoot: boolean;
  /** Has a menu of PXE's in option 43. */
  readonly hasMenu: boolean;
  readonly message: string;
}

/** A file that is read by TFTP. */
export interface Transfer extends Seen {
  readonly server: string;
  readonly file: string;
  /** How often it was asked for. */
  tries: number;
  blockSize: number;
  /** The last block that was sent or acknowledged; 0 before the first. */
  block: number;
  isAnswered: boolean;
  isDone: boolean;
  /** The machine broke it off, as firmware does that only wanted to know the size. */
  isAborted: boolean;
  error: (Seen & { readonly code: number; readonly message: string }) | undefined;
  unreachable: Refused | undefined;
  last: number;
}

/** A TCP connection to the server of the boot script. */
export interface Connection extends Seen {
  readonly server: string;
  readonly port: number;
  tries: number;
  accepted: number | undefined;
  reset: number | undefined;
  request: (Seen & { readonly target: string }) | undefined;
  response: (Seen & { readonly status: number }) | undefined;
  unreachable: Refused | undefined;
}

/** That a machine asked for the MAC address of a host, and nobody said so. */
export interface Missed extends Seen {
  readonly address: string;
  tries: number;
}

/** That a packet was not delivered, by the code of ICMP (RFC 792): 3 is that no program has the port. */
export interface Refused extends Seen {
  readonly code: number;
}

/** All that a machine did from its first question on; the lists are cut off at {@link mostOfAKind}. */
export interface Attempt {
  readonly questions: Question[];
  readonly answers: Answer[];
  readonly transfers: Transfer[];
  readonly connections: Connection[];
  readonly missed: Map<string, Missed>;
  /** That a question on port 4011 could not be delivered. */
  refused: Refused | undefined;
}

/** More of one kind is what came before again. */
const mostOfAKind = 64;

export interface Client {
  readonly mac: string;
  /** How often it began, and what it did the last time. */
  attempts: number;
  attempt: Attempt;
}

export function newAttempt(): Attempt {
  return { questions: [], answers: [], transfers: [], connections: [], missed: new Map(), refused: undefined };
}

/** Adds to a list that has an end. */
export function add<T>(list: T[], item: T): void {
  if (list.length < mostOfAKind) list.push(item);
}
