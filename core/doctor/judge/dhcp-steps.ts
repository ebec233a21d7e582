import type { Answer, Question, Seen } from '../trace/client.js';
import { architectureName, type Dialogue, type Facts, hasLoader, isAtEnd, missing, namedBy } from './facts.js';
import { listed } from './listed.js';
import { shown } from './shown.js';
import { finding, type Outcome } from './step.js';

/** An address, by the DHCP server of the LAN. */
export function gotAddress(facts: Facts, { questions, addresses, boots, refusals }: Dialogue): Outcome {
  if (questions.length === 0) return 'unseen';
  const given = addresses.at(-1);
  if (given !== undefined) return { detail: `${given.address} from ${given.from}`, packets: [given.packet] };
  if (isAtEnd(facts, questions)) return 'ended';
  const asked = packetsOf(questions);
  const [refusal] = refusals;
  if (refusal !== undefined) {
    const why = refusal.message === '' ? '' : `: "${shown(refusal.message)}"`;
    const cause = `The DHCP server ${refusal.from} refused an address${why}.`;
    return finding('address-refused', cause, [...asked, refusal.packet]);
  }
  if (boots.length === 0) {
    const cause = `${times(questions)} the machine asked by DHCP, and nobody answered, neither with an address nor with something to boot.`;
    return finding('no-dhcp', cause, asked);
  }
  const proxies = listed(boots.map(({ from }) => from));
  const cause = `${proxies} offered network boot, but nobody offered an address: the DHCP server of the LAN is silent, or has none left.`;
  return finding('no-addresses', cause, [...asked, ...packetsOf(boots)]);
}

/** An offer of network boot. */
export function gotBootOffer(facts: Facts): Outcome {
  const { questions, boots, addresses } = facts.firmware;
  if (questions.length === 0) return 'unseen';
  if (boots.length > 0) {
    return { detail: `from ${listed(boots.map(({ from }) => from))}`, packets: packetsOf(boots).slice(0, 2) };
  }
  if (isAtEnd(facts, questions)) return 'ended';
  const packets = [...packetsOf(questions), ...packetsOf(addresses)];
  if (!hasLoader(facts.arch)) {
    const cause = `Nobody offered network boot to ${architectureName(facts.arch)}: Serabut has no loader for it, and leaves such machines alone.`;
    return finding('no-loader-for-client', cause, packets);
  }
  const router = listed(addresses.map(({ from }) => from));
  const cause = `${router} gave an address, but nobody offered network boot: no answer of a proxyDHCP server is in the capture.`;
  return finding('no-proxy', cause, packets);
}

/** The name of a boot program: in the offer, or by another question on port 4011. */
export function gotBootFile(facts: Facts): Outcome {
  const { firmware, bootQuestions, bootAnswers } = facts;
  const named = [...firmware.boots, ...bootAnswers].findLast(({ file, hasMenu }) => file !== '' || hasMenu);
  if (named !== undefined && (named.isBootServer || bootQuestions.length === 0)) {
    const what = named.file === '' ? 'a menu' : shown(named.file);
    return { detail: `${what} at ${named.nextServer || named.from}`, packets: [named.packet] };
  }
  if (bootQuestions.length > 0) return bootServerAnswered(facts, bootQuestions, bootAnswers);
  const offer = firmware.boots.at(-1);
  if (offer === undefined) return 'unseen';
  const server = offer.nextServer || offer.from;
  const missed = missing(facts, server);
  if (missed !== undefined) return silentBootServer(facts, server, [missed, offer]);
  if (isAtEnd(facts, [offer])) return 'ended';
  const cause = `The offer of ${offer.from} has no boot program, and the machine asked nobody for it on port 4011.`;
  return finding('nothing-follows', cause, [offer.packet]);
}

function bootServerAnswered(facts: Facts, asked: readonly Question[], answers: readonly Answer[]): Outcome {
  const server = asked[0]?.bootServer ?? '';
  if (answers.length === 0) return isAtEnd(facts, asked) ? 'ended' : silentBootServer(facts, server, asked);
  const cause = `${answers[0]?.from} answered on port 4011, but named no boot program for ${architectureName(facts.arch)}.`;
  return finding('pxe-port-no-file', cause, packetsOf([...asked, ...answers]));
}

function silentBootServer(facts: Facts, server: string, seen: readonly Seen[]): Outcome {
  const missed = missing(facts, server);
  const { refused } = facts.attempt;
  const sender = namedBy(facts, server);
  const packets = packetsOf([...seen, ...(missed ? [missed] : []), ...(refused ? [refused] : [])]);
  if (sender !== undefined && (missed !== undefined || refused?.code === 1)) {
    const cause = `${sender.from} sends the machine on to ${server}, and no host has that address.`;
    return finding('wrong-next-server', cause, [sender.packet, ...packets]);
  }
  const how =
    refused === undefined
      ? 'got no answer: the port is blocked on the way, or nobody listens'
      : 'was told that the port is closed';
  return finding('pxe-port-silent', `The machine asked ${server} on UDP port 4011 and ${how}.`, packets);
}

export function packetsOf(seen: readonly Seen[]): number[] {
  return seen.map(({ packet }) => packet);
}

function times(questions: readonly Question[]): string {
  return questions.length === 1 ? 'Once' : `${questions.length} times`;
}
