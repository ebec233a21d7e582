import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { SerabutError } from '../errors.js';
import { type DhcpAnswer, type DhcpQuestion, decodeAnswer, encodeQuestion } from './dhcp-packet.js';
import type { LanAddress } from './lan-address.js';

/** How a question is asked. */
export interface Asking {
  /** By unicast to port 4011 of this server, instead of a broadcast to port 67. */
  readonly server?: string;
  /** Whether what is waited for is among the answers. */
  readonly isEnough: (answers: readonly DhcpAnswer[]) => boolean;
  /** How long others are listened to after that, in milliseconds: one more answer may be one too many. */
  readonly graceMs?: number;
  /** How long each of three tries waits, in milliseconds. */
  readonly waitMs?: number;
  /** The ports of client and servers, for tests that may not use the real ones. */
  readonly ports?: { readonly client: number; readonly dhcp: number; readonly proxy: number };
}

const realPorts = { client: 68, dhcp: 67, proxy: 4011 };

const tries = 3;

/** Answers that are kept. There are few servers on a LAN, and who sends more than that goes on for ever. */
const mostAnswers = 64;

/** A MAC address that no card has: locally administered. Each run is a machine that the servers have never seen. */
export function madeUpMac(): string {
  return ['02', ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/**
 * Asks by DHCP like a boot ROM, and gives all answers; ends soon after what is wanted is among them. Node can neither
 * bind a socket to an interface nor choose one for 255.255.255.255, so the question goes to the broadcast address of the
 * LAN's own network, which its route leads to the LAN.
 */
export async function askDhcp(lan: LanAddress, question: DhcpQuestion, asking: Asking): Promise<DhcpAnswer[]> {
  const { server, isEnough, waitMs = 2000, graceMs = 0, ports = realPorts } = asking;
  const transaction = question.transaction ?? randomInt(2 ** 32);
  const answers: DhcpAnswer[] = [];
  const found = new AbortController();
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (bytes, { address }) => {
    const answer = decodeAnswer(bytes, address);
    if (answer?.transaction !== transaction || answers.length >= mostAnswers) return;
    answers.push(answer);
    if (isEnough(answers)) found.abort();
  });
  socket.bind(ports.client);
  await once(socket, 'listening').catch((cause: Error) => {
    throw new SerabutError('SERABUT_ERR_SIMULATION', `port ${ports.client} cannot be had: ${cause.message}`, { cause });
  });
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
    found.abort();
  });
  try {
    socket.setBroadcast(true);
    const packet = encodeQuestion({ ...question, transaction });
    const [port, to] = server === undefined ? [ports.dhcp, broadcastOf(lan)] : [ports.proxy, server];
    for (let left = tries; left > 0 && !found.signal.aborted; left--) {
      socket.send(packet, port, to);
      await sleep(waitMs, undefined, { signal: found.signal }).catch(() => {});
    }
    if (found.signal.aborted && failure === undefined) await sleep(graceMs);
  } finally {
    socket.close();
  }
  if (failure !== undefined) {
    const message = `the question cannot be sent: ${failure.message}`;
    throw new SerabutError('SERABUT_ERR_SIMULATION', message, { cause: failure });
  }
  return answers;
}

/** The last address of the network. */
function broadcastOf({ network, netmask }: LanAddress): string {
  const mask = netmask.split('.').map(Number);
  return network
    .split('.')
    .map((part, index) => Number(part) | (~(mask[index] ?? 255) & 255))
    .join('.');
}
