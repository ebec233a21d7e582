import type { Conflict } from '../trace/arp-trace.js';
import type { Client } from '../trace/client.js';
import type { Observer } from '../trace/observer.js';
import { type ClientReport, clientReport } from './client-report.js';
import { type Finding, finding } from './step.js';

/** What a capture tells. */
export interface CaptureReport {
  readonly packets: number;
  /** From the first packet to the last. */
  readonly seconds: number;
  /** The file ends inside of a packet. */
  readonly isCut: boolean;
  /** What is wrong with the LAN, whichever machine boots. */
  readonly findings: readonly Finding[];
  /** Those first that got no further. */
  readonly clients: readonly ClientReport[];
}

const order = { stopped: 0, unfinished: 1, booted: 2 } as const;

export function captureReport({ clients, arp, packets, seconds, end }: Observer, isCut: boolean): CaptureReport {
  const all = clients.all();
  const used = usedAddresses(all);
  const reports = all.map((client) => clientReport(client, end));
  return {
    packets,
    seconds,
    isCut,
    findings: arp.conflicts().flatMap((conflict) => (used.has(conflict.address) ? [conflictFinding(conflict)] : [])),
    clients: reports.sort((a, b) => order[a.result] - order[b.result]),
  };
}

/** Whether there is anything to mend. */
export function hasFindings({ findings, clients }: CaptureReport): boolean {
  return findings.length > 0 || clients.some((client) => client.findings.length > 0);
}

function conflictFinding({ address, macs: [one, other], packets }: Conflict): Finding {
  const cause = `Two hosts, ${one} and ${other}, both say that they have the address ${address}: packets reach now the one and now the other.`;
  return finding('address-conflict', cause, packets);
}

/** The addresses that booting machines had to do with: an address that two others share is no matter of theirs. */
function usedAddresses(clients: readonly Client[]): Set<string> {
  const used = clients.flatMap(({ attempt: { questions, answers, transfers, connections, missed } }) => [
    ...questions.flatMap(({ bootServer }) => (bootServer === undefined ? [] : [bootServer])),
    ...answers.flatMap(({ from, nextServer, address }) => [from, nextServer, address]),
    ...[...transfers, ...connections].map(({ server }) => server),
    ...missed.keys(),
  ]);
  return new Set(used);
}
