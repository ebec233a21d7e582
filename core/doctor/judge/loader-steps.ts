import type { Transfer } from '../trace/client.js';
import { packetsOf } from './dhcp-steps.js';
import { type Facts, isAtEnd, isKnown, missing, namedBy } from './facts.js';
import { connectionOutcome } from './script-steps.js';
import { shown } from './shown.js';
import { finding, type Outcome } from './step.js';

/** The boot program itself, by TFTP or, for firmware that boots by HTTP, by that. */
export function gotLoader(facts: Facts): Outcome {
  if (facts.isHttpBoot) return connectionOutcome(facts, facts.loaderConnections, 'the boot program');
  // iPXE looks for autoexec.ipxe beside itself, and goes on without.
  const transfers = facts.transfers.filter(({ file }) => !file.endsWith('autoexec.ipxe'));
  const last = transfers.findLast(({ isAborted, isAnswered }) => !(isAborted && isAnswered)) ?? transfers.at(-1);
  if (last === undefined) return notAsked(facts);
  if (last.error !== undefined) return refused(last, last.error);
  if (last.isDone) return { detail: `${shown(last.file)} from ${last.server}`, packets: [last.packet, last.last] };
  return unfinished(facts, last);
}

/** A host that nobody is cannot even be asked. */
function notAsked(facts: Facts): Outcome {
  const { firmware, bootAnswers } = facts;
  const named = [...firmware.boots, ...bootAnswers].findLast(({ file }) => file !== '');
  if (named === undefined) return 'unseen';
  const server = named.nextServer || named.from;
  const missed = missing(facts, server);
  if (missed !== undefined) {
    const cause = `${named.from} sends the machine to ${server} for ${shown(named.file)}, and no host has that address.`;
    return finding('wrong-next-server', cause, [named.packet, missed.packet]);
  }
  if (isAtEnd(facts, [named])) return 'ended';
  const cause = `The machine was told to read ${shown(named.file)} from ${server}, and did not ask for it.`;
  return finding('nothing-follows', cause, [named.packet]);
}

function refused(transfer: Transfer, { code, message, packet }: NonNullable<Transfer['error']>): Outcome {
  const said = `code ${code}, "${shown(message)}"`;
  const [from, file] = [transfer.server, shown(transfer.file)];
  // File not found (RFC 1350, appendix).
  if (code === 1) {
    return finding('loader-missing', `${from} has no file ${file} for TFTP (${said}).`, [transfer.packet, packet]);
  }
  return finding('tftp-refused', `${from} does not give ${file} by TFTP (${said}).`, [transfer.packet, packet]);
}

function unfinished(facts: Facts, transfer: Transfer): Outcome {
  const { server, isAnswered, block, unreachable } = transfer;
  if (isAtEnd(facts, [transfer])) return 'ended';
  const file = shown(transfer.file);
  const packets = [transfer.packet, transfer.last, ...(unreachable ? packetsOf([unreachable]) : [])];
  if (isAnswered) {
    const where = block === 0 ? 'did not begin, though the server answered' : `stopped after block ${block}`;
    const cause = `Reading ${file} from ${server} by TFTP ${where}.`;
    return finding('tftp-stalled', cause, packets);
  }
  const sender = namedBy(facts, server);
  if (sender !== undefined && (unreachable?.code === 1 || !isKnown(facts, server))) {
    const cause = `${sender.from} sends the machine to ${server} for ${file}, and nobody gives it there by TFTP.`;
    return finding('wrong-next-server', cause, [sender.packet, ...packets]);
  }
  const how = unreachable === undefined ? 'nothing came back' : 'was told that the port is closed';
  const cause = `The machine asked ${server} for ${file} by TFTP (UDP port 69), ${transfer.tries} times, and ${how}.`;
  return finding('tftp-silent', cause, packets);
}
