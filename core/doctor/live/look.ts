import { join } from 'node:path';
import { SerabutError } from '../../errors.js';
import type { LanAddress } from '../../lan/lan-address.js';
import { lookAtBootFile, lookAtOffers, lookAtScriptUrl } from './dhcp-look.js';
import { LiveNotes, type LiveReport } from './live-report.js';
import { lookAtServer, lookAtSpace, lookAtTftp } from './server-look.js';
import type { LiveTools } from './tools.js';

export interface LookOptions {
  readonly lan: LanAddress;
  /** The data directory of a server on this host. */
  readonly data?: string | undefined;
  /** Where the server is; by default where its boot script says. */
  readonly server?: string | undefined;
}

/** Looks at a LAN by asking on it, all that can be looked at. Changes nothing, but for an address that is held ready. */
export async function lookAtLan({ lan, data, server }: LookOptions, tools: LiveTools): Promise<LiveReport> {
  const notes = new LiveNotes();
  notes.ok('this host is on the LAN', `${lan.address}/${lan.prefix} on ${lan.interface}`);
  const url = await lookAtDhcp(notes, tools, lan);
  const asked = server === undefined ? url?.replace(/\$\{\w+\}/g, '') : `${server}/readyz`;
  if (asked === undefined) notes.unknown('the server answers by HTTP', 'nobody says where it is; --server does');
  else await lookAtServer(notes, tools, asked);
  if (data !== undefined) {
    await lookAtSpace(notes, tools, data, 'images and state');
    await lookAtSpace(notes, tools, join(data, 'state/squid'), 'the package cache');
  }
  return notes;
}

/** What only root can ask for, on a host without a DHCP client of its own. Gives the URL of the boot script. */
async function lookAtDhcp(notes: LiveNotes, tools: LiveTools, lan: LanAddress): Promise<string | undefined> {
  try {
    const bootServer = await lookAtOffers(notes, tools);
    if (bootServer === undefined) return undefined;
    const program = await lookAtBootFile(notes, tools, lan, bootServer);
    if (program !== undefined) await lookAtTftp(notes, tools, program, bootServer.address);
    return await lookAtScriptUrl(notes, tools, lan, bootServer);
  } catch (error) {
    if (!(error instanceof SerabutError)) throw error;
    notes.unknown('what is said by DHCP', `${error.message}; run it as root, where no DHCP client has port 68`);
    return undefined;
  }
}
