import { strict as assert } from 'node:assert';
import { isIPv4 } from 'node:net';
import { DnsmasqLog } from '../../core/lan/dnsmasq-log.js';
import { InstallerLog } from '../../core/machines/installer-log.js';
import { type Saw, stages, type Who, withNeighbours } from '../../core/machines/sightings.js';
import type { FuzzTarget, Outcome } from './target.js';
import { textMutator } from './text-mutate.js';
import { requireLine } from './texts.js';

const address = '192.168.88.83';
const token = 'Z'.repeat(43);
/** Where more than a token has no other end, it is none. */
const tokens = [`/${token}/`, `/${'A'.repeat(43)}/`];

const pieces = [
  ...[
    'dnsmasq-dhcp[1]: ',
    'dnsmasq-tftp[1]: ',
    'Nov  8 04:01:09 ',
    'syslog ',
    '2863311531 ',
    'vendor class: PXEClient:Arch:00007',
  ],
  ...[
    'user class: iPXE',
    'PXE(net1) ',
    '52:54:00:12:34:56 ',
    'proxy',
    'proxy-ignored',
    'sent ',
    ' to ',
    address,
    'failed sending ',
  ],
  ...[
    'timeout sending ',
    'file ',
    ' not found for ',
    'error ',
    ' received from ',
    '0 ',
    '8 ',
    '<30>',
    '<191>',
    '<192>',
    '1 - - - - - - ',
  ],
  ...[
    'main-menu[1]: ',
    "Menu item 'pkgsel' selected",
    "Menu item '__proto__' selected",
    'INFO: ',
    'E: ',
    'Traceback (most recent call last)',
  ],
  ...[
    '[a b="',
    '"]',
    '\\"',
    '\\',
    '[',
    ']',
    token,
    `/installations/${token}/done`,
    ': ',
    '\n',
    '\r',
    '\t',
    '\x00',
    '\x1b[2J',
    '\x7f',
  ],
  ...['\xc2\x9b', '\xe2\x80\xae', '\xf0\x9f\x92\xa9', '\xed\xa0\x80', '\xff', 'command ', ' failed', 'I/O error'],
] as const;

/** Lines of the log of dnsmasq, and what installers send by syslog, as far as what is told of machines. */
export const target: FuzzTarget = {
  mutator: textMutator({ pieces }),
  attempt,
  maxSeconds: 0.5,
  maxHeapMib: 128,
};

/** As much of a datagram as the receiver of syslog passes on, in bytes. */
const longestDatagram = 2048;

async function attempt(input: Uint8Array): Promise<Outcome> {
  const told: Promise<void>[] = [];
  let count = 0;
  const saw: Saw = (who, stage, message) => {
    count += 1;
    requireSighting(who, stage, message);
  };
  const neighbours = { find: async () => '52:54:00:12:34:56' };
  const dnsmasq = new DnsmasqLog((...seen) => told.push(through(saw, neighbours, seen)));
  const installers = new InstallerLog(saw, { now: () => 0, isInstalled: () => true });
  // The log is read byte by byte, a datagram as UTF-8.
  for (const line of Buffer.from(input).toString('latin1').split('\n')) {
    if (!line.startsWith('syslog ')) dnsmasq.read(line);
    else installers.take(address, Buffer.from(line.slice(7), 'latin1').toString('utf8', 0, longestDatagram));
  }
  await Promise.all(told);
  const lines = installers.linesOf(address);
  assert(lines.length <= 200);
  for (const line of lines) requireMessage(line, 512);
  return count > 0 ? 'read' : 'refused';
}

/** Passes one sighting on by way of the neighbour table, and waits for it. */
function through(saw: Saw, neighbours: Parameters<typeof withNeighbours>[1], seen: Parameters<Saw>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  withNeighbours((...passed) => {
    try {
      resolve(saw(...passed));
    } catch (error) {
      reject(error);
    }
  }, neighbours)(...seen);
  return promise;
}

function requireSighting({ mac, address: from }: Who, stage: string, message: string): void {
  assert((stages as readonly string[]).includes(stage), stage);
  assert(mac === undefined || /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac), mac);
  assert(from === undefined || isIPv4(from), from);
  assert(mac !== undefined || from !== undefined, 'of nobody');
  requireMessage(message, 256);
}

function requireMessage(text: string, longest: number): void {
  requireLine(text, longest);
  for (const known of tokens) assert(!text.includes(known), 'the token of an installation is in it');
}
