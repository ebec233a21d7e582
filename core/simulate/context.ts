import type { askDhcp, Asking as DhcpAsking } from '../lan/dhcp-ask.js';
import type { LanAddress } from '../lan/lan-address.js';
import type { TftpOptions, tftpRead } from '../lan/tftp-read.js';
import type { ClientKind } from './client-kinds.js';
import type { Patience } from './http.js';
import type { Walk } from './walk.js';

/** How the boot LAN is reached; ports and waiting times other than the real ones, and other replies, are for tests. */
export interface OnLan {
  readonly lan: LanAddress;
  readonly asking?: Partial<DhcpAsking>;
  readonly tftp?: TftpOptions;
  readonly askDhcp?: typeof askDhcp;
  readonly tftpRead?: typeof tftpRead;
}

/** What every step of a machine's way knows. */
export interface Context {
  readonly walk: Walk;
  readonly kind: ClientKind;
  /** What iPXE knows of the machine, by the names of its settings. */
  readonly settings: ReadonlyMap<string, string>;
  readonly patience: Patience;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
