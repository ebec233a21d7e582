import type { Stored } from '../resources/store.js';
import { isUnclaimed } from './claims.js';
import { diskMethods, type SentToDisk } from './disk-methods.js';
import { type DueView, due, findProfile } from './due.js';
import type { Client, Decision, MachineSettings, Question, SaidFacts } from './outcome.js';
import type { Found } from './roster.js';
import { strangerTo, whyNoSecrets, withNeighbour } from './stranger.js';
import { type MenuOption, menuFor } from './unknown.js';

type Machine = Stored<'Machine'>;

/** All that a decision is made of besides the request and the time. */
export interface View extends DueView {
  readonly settings: MachineSettings;
  find(said: SaidFacts): Found;
  /** Other Machines that claim one of its MAC addresses. */
  claimants(machine: Machine): readonly string[];
  /** That it was last sent to its disk, while that may still matter. */
  sentToDisk(machine: string): SentToDisk | undefined;
  /** The first document that cannot be used, if there is one: a machine that is not known may be the one that it is of. */
  readonly doubt: string | undefined;
  /** What can be booted; asked for only where nothing is known of a machine. */
  readonly menu: readonly MenuOption[];
}

/**
 * What a machine shall do. The only place where that is decided: every route on which a machine, or somebody in its name,
 * can ask leads here. Pure and total: whatever is said, there is an answer, with its reason.
 */
export function decide(said: SaidFacts, client: Client, question: Question, view: View, now: number): Decision {
  const found = view.find(withNeighbour(said, client, view.settings));
  if (found.kind === 'several') return ofSeveral(found.names, said, question, now);
  if (found.kind === 'doubtful') return ofDoubtful(found, said, question, now);
  if (found.kind === 'none' || isUnclaimed(found.machine)) {
    return ofUnknown(found.kind === 'one' ? found.machine : undefined, said, question, view, now);
  }
  const { machine } = found;
  const rivals = view.claimants(machine);
  if (rivals.length > 0) return ofRivals(machine, rivals, said, question, view, now);
  return question.about === 'answers'
    ? { machine: machine.name, ...ofAnswers(machine, question, view) }
    : { machine: machine.name, ...ofScript(machine, { said, client, question, view, now }) };
}

/** A request that fits several Machines is of none of them. */
function ofSeveral(names: readonly string[], said: SaidFacts, question: Question, now: number): Decision {
  const reason = `This request is of several Machines at once: ${listed(names)}. None of them is installed.`;
  if (question.about === 'answers') return { kind: 'refuse', reason, conflict: names };
  return { kind: 'disk', methods: diskMethods(undefined, said, undefined, now), reason, conflict: names };
}

/** What may be a machine that somebody needs is left as it is. */
function ofDoubtful(
  found: Extract<Found, { kind: 'doubtful' }>,
  said: SaidFacts,
  question: Question,
  now: number,
): Decision {
  const reason = `${found.reason} It is left as it is.`;
  if (question.about === 'answers') return { kind: 'refuse', reason, resembles: found.names };
  return { kind: 'disk', methods: diskMethods(undefined, said, undefined, now), reason, resembles: found.names };
}

/** A machine one of whose MAC addresses is another's too. */
function ofRivals(
  machine: Machine,
  rivals: readonly string[],
  said: SaidFacts,
  question: Question,
  view: View,
  now: number,
): Decision {
  const common = {
    machine: machine.name,
    conflict: [machine.name, ...rivals],
    reason: `Machine ${machine.name} has a MAC address in common with ${listed(rivals)}. None of them is installed.`,
  };
  if (question.about === 'answers') return { ...common, kind: 'refuse' };
  return { ...common, kind: 'disk', methods: methodsOf(machine, said, view, now) };
}

/** A machine of which nobody has said what it shall be: its own disk, or what somebody at its console chooses. */
function ofUnknown(
  machine: Machine | undefined,
  said: SaidFacts,
  question: Question,
  view: View,
  now: number,
): Decision {
  const name = machine === undefined ? {} : { machine: machine.name };
  if (question.about !== 'boot') {
    return { ...name, kind: 'allow', reason: 'This machine is not known: it gets what was chosen at its console.' };
  }
  if (!question.isWhole)
    return { ...name, kind: 'identify', reason: 'This machine is not known: what does it say of itself?' };
  const methods =
    machine === undefined ? diskMethods(undefined, said, undefined, now) : methodsOf(machine, said, view, now);
  const proposal = machine?.status.proposal ?? null;
  const state =
    proposal === null
      ? 'This machine is not known: it boots from its own disk.'
      : `This machine is not accepted yet (rule ${proposal.rule} proposes ${proposal.bootProfile}): it boots from its own disk.`;
  const common = { ...name, isUnknown: true, methods };
  if (view.settings.unknown === 'disk') return { ...common, kind: 'disk', reason: state };
  const { doubt, settings } = view;
  if (doubt === undefined || settings.defaultEntry === undefined)
    return { ...common, kind: 'menu', ...menuFor(said, view.menu, settings.defaultEntry, state) };
  const unsure = `${doubt} cannot be used, and may be of this machine: nothing is started by itself.`;
  return { ...common, kind: 'menu', ...menuFor(said, view.menu, undefined, unsure) };
}

interface Asked {
  readonly said: SaidFacts;
  readonly client: Client;
  readonly question: Exclude<Question, { about: 'answers' }>;
  readonly view: View;
  readonly now: number;
}

/** A known machine asks for a boot script, of whatever distro: it gets what is due for it. */
function ofScript(machine: Machine, { said, client, question, view, now }: Asked): Decision {
  const what = due(machine, view, now);
  if (what.attempt !== undefined) {
    const stranger = strangerTo(machine, client, view.settings, said);
    if (stranger !== undefined) return { kind: 'refuse', reason: stranger };
    const unsafe = whyNoSecrets(machine, what.attempt.profile, view.snapshot, view.settings);
    if (unsafe !== undefined) return { kind: 'disk', methods: methodsOf(machine, said, view, now), reason: unsafe };
    return { ...what, kind: 'install', attempt: what.attempt };
  }
  if (question.about === 'distro' && question.profile === null && isNeverInstalled(machine)) {
    return { kind: 'allow', reason: `${what.reason} The person at the console chose an installer that asks.` };
  }
  // What ends an attempt is the machine's own question; a stranger's ends none.
  const isOwn = what.ends !== undefined && strangerTo(machine, client, view.settings, said) === undefined;
  return {
    kind: 'disk',
    methods: methodsOf(machine, said, view, now),
    reason: `${what.reason} It boots its disk.`,
    ...(isOwn && { ends: what.ends }),
  };
}

/** A Machine for which the server has never had anything to install. */
function isNeverInstalled({ spec, status }: Machine): boolean {
  return spec.bootProfile === null && status.generation === 0 && status.installation === null;
}

/** Answer files are for a machine that is being installed, with what it is being installed with. */
function ofAnswers(machine: Machine, asked: Extract<Question, { about: 'answers' }>, view: View): Decision {
  const { installation: name } = machine.status;
  const installation = name === null ? undefined : view.installation(name);
  if (installation?.status.phase !== 'Installing') {
    return { kind: 'refuse', reason: `Machine ${machine.name} is not being installed now.` };
  }
  const { bootProfile } = installation.spec;
  const profile = findProfile(view.snapshot, bootProfile);
  if (
    typeof profile === 'string' ||
    profile.spec.distro !== asked.distro ||
    profile.spec.configuration !== asked.configuration
  ) {
    return { kind: 'refuse', reason: `Machine ${machine.name} is being installed with BootProfile ${bootProfile}.` };
  }
  return { kind: 'allow', reason: `Attempt ${installation.status.attempt} to install it goes on.` };
}

function methodsOf(machine: Machine, said: SaidFacts, view: View, now: number) {
  return diskMethods(machine, said, view.sentToDisk(machine.name), now);
}

/** Names for a sentence; of many only some. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and others` : shown;
}
