import { loaders } from '../../lan/loaders.js';
import { messageType } from '../packets/dhcp-message.js';
import type { Answer, Attempt, Connection, Missed, Question, Transfer } from '../trace/client.js';

/** One attempt of a machine, sorted by who asked: its firmware, or iPXE. */
export interface Facts {
  readonly attempt: Attempt;
  readonly firmware: Dialogue;
  readonly ipxe: Dialogue;
  /** Questions on port 4011, and their answers. */
  readonly bootQuestions: readonly Question[];
  readonly bootAnswers: readonly Answer[];
  readonly isHttpBoot: boolean;
  readonly arch: number | undefined;
  readonly transfers: readonly Transfer[];
  /** Connections of the firmware that boots by HTTP, and those for the script. */
  readonly loaderConnections: readonly Connection[];
  readonly scriptConnections: readonly Connection[];
  /** When the capture ends, in seconds since 1970. */
  readonly end: number;
}

/** Questions to everybody, and what was said to them. */
export interface Dialogue {
  readonly questions: readonly Question[];
  /** Offers and answers with an address. */
  readonly addresses: readonly Answer[];
  /** Offers of something to boot, those of proxies and those with an address. */
  readonly boots: readonly Answer[];
  readonly refusals: readonly Answer[];
}

export function factsOf(attempt: Attempt, end: number): Facts {
  const { questions, answers, transfers, connections } = attempt;
  const firmware = dialogue(attempt, false);
  const ipxe = dialogue(attempt, true);
  const isHttpBoot = questions.some((question) => question.isHttpBoot && !question.isIpxe);
  const isLoaders = ({ packet }: Connection) => isHttpBoot && packet < (ipxe.questions[0]?.packet ?? Infinity);
  return {
    attempt,
    firmware,
    ipxe,
    bootQuestions: questions.filter(({ bootServer, isIpxe }) => bootServer !== undefined && !isIpxe),
    bootAnswers: answers.filter(({ isBootServer, isToIpxe }) => isBootServer && !isToIpxe),
    isHttpBoot,
    arch: questions.find(({ arch }) => arch !== undefined)?.arch,
    transfers,
    loaderConnections: connections.filter(isLoaders),
    scriptConnections: connections.filter((connection) => !isLoaders(connection)),
    end,
  };
}

function dialogue({ questions, answers }: Attempt, isIpxe: boolean): Dialogue {
  const said = answers.filter(({ isBootServer, isToIpxe }) => !isBootServer && isToIpxe === isIpxe);
  return {
    questions: questions.filter((question) => question.bootServer === undefined && question.isIpxe === isIpxe),
    addresses: said.filter(({ type, address }) => type !== messageType.nak && address !== ''),
    boots: said.filter(isBoot),
    refusals: said.filter(({ type }) => type === messageType.nak),
  };
}

/** Says what to boot: an offer without an address says nothing else, whatever it holds. */
function isBoot({ type, address, isNetworkBoot, file, serverName }: Answer): boolean {
  if (type === messageType.nak) return false;
  return isNetworkBoot || file !== '' || (address !== '' && serverName !== '');
}

/** Whether it was asked at the very end of the capture, so that an answer may be missing there only. */
export function isAtEnd({ end }: Facts, questions: readonly { readonly time: number }[]): boolean {
  const [first] = questions;
  return first !== undefined && end - first.time < patience;
}

/** Seconds within which a server on the LAN answers. */
const patience = 1;

/**
 * That a machine looked for a host by ARP, and nobody said to be it. Where unicast is not recorded the answer is missing
 * as well, but then the machine does not ask again.
 */
export function missing({ attempt }: Facts, address: string): Missed | undefined {
  const missed = attempt.missed.get(address);
  return missed !== undefined && missed.tries > 1 ? missed : undefined;
}

/** Who said that an address is the one of the server of boot programs. */
export function namedBy({ attempt }: Facts, server: string): Answer | undefined {
  return attempt.answers.findLast(({ nextServer, from }) => nextServer === server && from !== server);
}

/** Whether a host has said anything at all. */
export function isKnown({ attempt }: Facts, address: string): boolean {
  return attempt.answers.some(({ from }) => from === address);
}

/** Names of architectures (RFC 4578 §2.1, and IANA's registry of processor architecture types). */
const names: ReadonlyMap<number, string> = new Map([
  [0, 'BIOS'],
  [6, 'UEFI ia32'],
  [7, 'UEFI x64'],
  [9, 'UEFI x64 (EBC)'],
  [10, 'UEFI arm32'],
  [11, 'UEFI arm64'],
  [15, 'UEFI ia32 by HTTP'],
  [16, 'UEFI x64 by HTTP'],
  [18, 'UEFI arm32 by HTTP'],
  [19, 'UEFI arm64 by HTTP'],
  [25, 'UEFI riscv32'],
  [27, 'UEFI riscv64'],
  [39, 'UEFI loongarch64'],
]);

/** Such as `UEFI x64 (architecture 7)`. */
export function architectureName(arch: number | undefined): string {
  if (arch === undefined) return 'a machine that does not say its architecture';
  const name = names.get(arch);
  return name === undefined ? `architecture ${arch}` : `${name} (architecture ${arch})`;
}

const known = new Set(
  loaders.flatMap(({ services, httpCodes }) => [...services.map(({ code }) => code), ...httpCodes]),
);

/** Whether there is an iPXE binary for it. */
export function hasLoader(arch: number | undefined): boolean {
  return arch === undefined || known.has(arch);
}
