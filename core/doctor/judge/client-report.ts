import type { Client } from '../trace/client.js';
import { gotAddress, gotBootFile, gotBootOffer, packetsOf } from './dhcp-steps.js';
import { architectureName, type Facts, factsOf } from './facts.js';
import { listed } from './listed.js';
import { gotLoader } from './loader-steps.js';
import { gotScript, gotScriptUrl, ipxeStarted } from './script-steps.js';
import { shown } from './shown.js';
import { type Finding, finding, isFinding, type Outcome, type Step } from './step.js';

/** What happened to one machine. */
export interface ClientReport {
  readonly mac: string;
  readonly kind: string;
  /** How often it began; what follows is of the last time. */
  readonly attempts: number;
  readonly result: 'booted' | 'stopped' | 'unfinished';
  readonly steps: readonly Step[];
  /** Most important first. */
  readonly findings: readonly Finding[];
}

interface Check {
  readonly name: string;
  /** What must have been seen for the step to lie behind the machine, whatever was not recorded of it. */
  readonly isPast: (facts: Facts) => boolean;
  readonly look: (facts: Facts) => Outcome;
}

const isAtScript = ({ scriptConnections }: Facts) => scriptConnections.length > 0;
const isInIpxe = (facts: Facts) => isAtScript(facts) || facts.ipxe.questions.length > 0;
const isAtLoader = (facts: Facts) =>
  isInIpxe(facts) || facts.transfers.length > 0 || facts.loaderConnections.length > 0;
const isAtBootServer = (facts: Facts) => isAtLoader(facts) || facts.bootQuestions.length > 0;

/** The way of a machine, in its order. */
const checks: readonly Check[] = [
  { name: 'the firmware gets an address', isPast: isAtBootServer, look: (facts) => gotAddress(facts, facts.firmware) },
  { name: 'it is offered network boot', isPast: isAtBootServer, look: gotBootOffer },
  { name: 'it is told a boot program', isPast: isAtLoader, look: gotBootFile },
  { name: 'it reads the boot program', isPast: isInIpxe, look: gotLoader },
  { name: 'iPXE starts', isPast: isInIpxe, look: ipxeStarted },
  { name: 'iPXE gets an address', isPast: isAtScript, look: (facts) => gotAddress(facts, facts.ipxe) },
  { name: 'iPXE is told the boot script', isPast: isAtScript, look: gotScriptUrl },
  { name: 'iPXE reads the boot script', isPast: () => false, look: gotScript },
];

/** `end` is when the capture ends, in seconds since 1970. */
export function clientReport({ mac, attempts, attempt }: Client, end: number): ClientReport {
  const facts = factsOf(attempt, end);
  const steps: Step[] = [];
  let broken: Finding | undefined;
  let isOver = false;
  for (const check of checks) {
    const outcome: Outcome = isOver ? 'unseen' : outcomeOf(check, facts);
    if (isFinding(outcome)) broken = outcome;
    isOver ||= isFinding(outcome) || outcome === 'ended';
    steps.push(stepOf(check.name, outcome));
  }
  const findings = [...rivals(facts), ...(broken === undefined ? [] : [broken])];
  const isWhole = steps.at(-1)?.state === 'ok';
  const result = broken !== undefined ? 'stopped' : isWhole ? 'booted' : 'unfinished';
  return { mac, kind: architectureName(facts.arch), attempts, result, steps, findings };
}

function outcomeOf({ look, isPast }: Check, facts: Facts): Outcome {
  const outcome = look(facts);
  return (isFinding(outcome) || outcome === 'ended') && isPast(facts) ? 'unseen' : outcome;
}

function stepOf(name: string, outcome: Outcome): Step {
  if (outcome === 'unseen') return { name, state: '-', detail: '', packets: [] };
  if (outcome === 'ended') return { name, state: '-', detail: 'the capture ends here', packets: [] };
  if (isFinding(outcome)) return { name, state: 'FAIL', detail: outcome.code, packets: outcome.packets };
  return { name, state: 'ok', ...outcome };
}

/** Servers that get into each other's way, whether or not the machine got through this time. */
function rivals({ firmware, ipxe }: Facts): Finding[] {
  const boots = [...firmware.boots, ...ipxe.boots];
  const proxies = boots.filter(({ address }) => address === '');
  const routers = boots.filter(({ address }) => address !== '');
  const found: Finding[] = [];
  const [router] = routers;
  if (router !== undefined && proxies.length > 0) {
    const what = [
      router.isNetworkBoot ? 'option 60' : '',
      router.file === '' ? '' : `the file "${shown(router.file)}"`,
      router.nextServer === '' ? '' : `the next server ${router.nextServer}`,
    ].filter((part) => part !== '');
    const cause = `The DHCP server ${router.from} sends ${what.join(', ')} of its own, beside the offer of ${listed(proxies.map(({ from }) => from))}: firmware takes that of the DHCP server.`;
    found.push(finding('router-sends-pxe', cause, packetsOf([router, ...proxies.slice(0, 1)])));
  }
  if (new Set(proxies.map(({ from }) => from)).size > 1) {
    const cause = `${listed(proxies.map(({ from }) => from))} offer network boot on one LAN: which one a machine takes is chance.`;
    found.push(finding('two-proxies', cause, packetsOf(proxies)));
  }
  return found;
}
