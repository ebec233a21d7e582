import type { LanFaultCode } from '../../lan/fault-sentence.js';
import type { Connection } from '../trace/client.js';
import { packetsOf } from './dhcp-steps.js';
import { type Facts, isAtEnd, missing } from './facts.js';
import { listed } from './listed.js';
import { shown } from './shown.js';
import { finding, type Outcome } from './step.js';

/** That the boot program runs: iPXE asks by DHCP, or goes on without. */
export function ipxeStarted(facts: Facts): Outcome {
  const [question] = facts.ipxe.questions;
  if (question !== undefined) return { detail: 'asks by DHCP', packets: [question.packet] };
  const [connection] = facts.scriptConnections;
  if (connection !== undefined) return { detail: 'asks by HTTP at once', packets: [connection.packet] };
  const read = facts.transfers.findLast(({ isDone }) => isDone);
  if (read === undefined) return 'unseen';
  if (facts.end - read.time < startPatience) return 'ended';
  const cause = `The machine read ${shown(read.file)} whole, and then nothing more came from it: it did not start.`;
  return finding('loader-not-started', cause, [read.last]);
}

/** Seconds in which iPXE, once it is there, asks by DHCP. */
const startPatience = 10;

/** The URL of the script, by DHCP. iPXE takes the offer of a proxy only with the address of a server in it. */
export function gotScriptUrl(facts: Facts): Outcome {
  const { questions, boots } = facts.ipxe;
  if (questions.length === 0) return 'unseen';
  const said = [...boots, ...facts.attempt.answers.filter(({ isToIpxe, isBootServer }) => isToIpxe && isBootServer)];
  const withUrl = said.filter(({ file }) => /^[a-z]+:\/\//.test(file));
  const good = withUrl.findLast(({ nextServer, address }) => nextServer !== '' || address !== '');
  if (good !== undefined) return { detail: `${shown(good.file)} from ${good.from}`, packets: [good.packet] };
  const asked = packetsOf(questions);
  const [lame] = withUrl;
  if (lame !== undefined) {
    const cause = `The offer of ${lame.from} to iPXE has a URL, but no address of a server (siaddr): iPXE ignores it.`;
    return finding('ipxe-no-script-url', cause, [...asked, lame.packet]);
  }
  const loaderAgain = said.find(({ file }) => file !== '');
  if (loaderAgain !== undefined) {
    const cause = `${loaderAgain.from} tells iPXE to load ${shown(loaderAgain.file)}, as if it were the firmware: it does not know iPXE, which would load itself for ever.`;
    return finding('ipxe-gets-loader', cause, [...asked, loaderAgain.packet]);
  }
  if (isAtEnd(facts, questions)) return 'ended';
  const answered = boots.length === 0 ? 'nobody offered it' : `${listed(boots.map(({ from }) => from))} did not name`;
  return finding('ipxe-no-script-url', `iPXE asked by DHCP, and ${answered} a boot script.`, [
    ...asked,
    ...packetsOf(boots),
  ]);
}

/** The boot script itself. */
export function gotScript(facts: Facts): Outcome {
  const { scriptConnections, ipxe } = facts;
  if (scriptConnections.length > 0 || ipxe.questions.length === 0) {
    return connectionOutcome(facts, scriptConnections, 'the boot script');
  }
  const offer = ipxe.boots.findLast(({ file }) => URL.canParse(file));
  if (offer === undefined) return 'unseen';
  const { hostname } = new URL(offer.file);
  const missed = missing(facts, hostname);
  if (missed === undefined && isAtEnd(facts, [offer])) return 'ended';
  if (missed === undefined) {
    const cause = `iPXE was told to read ${shown(offer.file)}, and no connection to it is in the capture.`;
    return finding('nothing-follows', cause, [offer.packet]);
  }
  const cause = `iPXE was told to read ${shown(offer.file)}, and no host has the address ${hostname}.`;
  return finding('address-unreachable', cause, [offer.packet, missed.packet]);
}

/** How a file came by HTTP: the last request counts, since iPXE asks again where it is told to. */
export function connectionOutcome(facts: Facts, connections: readonly Connection[], what: string): Outcome {
  const last = connections.findLast(({ response }) => response !== undefined) ?? connections.at(-1);
  if (last === undefined) return 'unseen';
  const { request, response } = last;
  const target = shown(request?.target ?? '');
  const at = `${last.server}:${last.port}`;
  if (response === undefined) return unanswered(facts, last, what);
  const packets = [...(request ? [request.packet] : []), response.packet];
  if (response.status < 400) return { detail: `${target} from ${at}: ${response.status}`, packets };
  const cause = `${at} answered ${response.status} to ${target}, where ${what} should be.`;
  return finding(codeOf(response.status), cause, packets);
}

function codeOf(status: number): LanFaultCode {
  if (status === 503) return 'server-not-ready';
  return status < 500 ? 'script-missing' : 'server-error';
}

function unanswered(facts: Facts, connection: Connection, what: string): Outcome {
  const { server, port, reset, accepted, unreachable, request, tries } = connection;
  const at = `${server}:${port}`;
  if (reset !== undefined && request === undefined) {
    const cause = `${server} refused the connection to TCP port ${port}, where ${what} should be: nobody listens there.`;
    return finding('address-unreachable', cause, [connection.packet, reset]);
  }
  if (isAtEnd(facts, [request ?? connection])) return 'ended';
  if (accepted !== undefined || request !== undefined) {
    const cause = `${at} took the connection for ${what}, and never answered.`;
    return finding('server-silent', cause, [connection.packet, ...(request ? [request.packet] : [])]);
  }
  const how = unreachable === undefined ? 'nothing came back' : 'the network says that it cannot be reached';
  const cause = `The machine wanted ${what} from ${at}, asked ${tries} times for a connection, and ${how}.`;
  return finding('address-unreachable', cause, [connection.packet, ...(unreachable ? [unreachable.packet] : [])]);
}
