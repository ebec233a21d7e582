import { errorTable } from '../errors.js';
import type { MachineView } from '../operator/machine-view.js';
import type { Looking } from './renderer.js';
import { installationPart } from './stages.js';

/** All that is known of one machine. `log`: the last lines of its installer. */
export function machinePage(machine: MachineView, log: readonly string[], looking: Looking) {
  const { name, phase, problem, decision, installation } = machine;
  const { bootProfile } = machine;
  return {
    machine: { name, phase, problem, decision, bootProfile: bootProfile ?? 'no BootProfile', due: dueOf(machine) },
    installation: installation && installationPart(installation, looking.now),
    timeline: machine.timeline.toReversed(),
    log,
    links: looking.session === undefined ? [] : actionsOf(machine),
    whyNoActions: whyNoActions(machine, looking),
    facts: factsOf(machine),
  };
}

/** That an installation was asked for which has not begun. */
function dueOf({ bootProfile, generation: { wanted, begun } }: MachineView): string | undefined {
  if (bootProfile === null || wanted <= begun) return undefined;
  return `It is to be installed as generation ${wanted} when it next boots from the network. That erases its disk.`;
}

function actionsOf(machine: MachineView) {
  const to = (action: string, title: string, isMain = false) => {
    return { href: `/machines/${encodeURIComponent(machine.name)}/${action}`, title, isMain };
  };
  return [
    ...(machine.acceptable ? [to('accept', 'Accept…', true)] : []),
    ...(canReinstall(machine) ? [to('reinstall', 'Reinstall…')] : []),
    ...(machine.discovered && machine.phase !== 'Installing' ? [to('forget', 'Forget…')] : []),
  ];
}

function canReinstall({ bootProfile, acceptable }: MachineView): boolean {
  return bootProfile !== null && !acceptable;
}

function whyNoActions(machine: MachineView, { session, actions }: Looking): string | undefined {
  if (!actions) return `Nobody can act here. ${errorTable.SERABUT_ERR_ACTIONS_OFF.remedy}`;
  if (session === undefined) return 'Log in to accept, reinstall or forget it.';
  return actionsOf(machine).length === 0
    ? 'Give it a BootProfile where it stands, and it can be installed.'
    : undefined;
}

interface Fact {
  readonly title: string;
  readonly text: string;
  readonly isMono?: boolean;
}

function factsOf(machine: MachineView): Fact[] {
  const { macs, address, uuid, serial, arch, platform, manufacturer, product, memoryMiB, hostname } = machine;
  const { generation, proposal, where } = machine;
  const model = [manufacturer, product].filter((part) => part !== null).join(' ');
  const facts: [string, string | null, 'mono'?][] = [
    ['MAC address', macs.join(', '), 'mono'],
    ['Address', address, 'mono'],
    ['Model', model],
    ['Architecture', [arch, platform].filter((part) => part !== null).join(', ')],
    ['Memory', memoryText(memoryMiB)],
    ['Serial number', serial, 'mono'],
    ['UUID', uuid, 'mono'],
    ['Host name', hostname],
    ['Proposed', proposal === null ? null : `${proposal.bootProfile}, by rule ${proposal.rule}`],
    ['Generation', `${generation.wanted} wanted, ${generation.begun} begun, ${generation.installed} installed`],
    ['Stands in', where, 'mono'],
  ];
  return facts.flatMap(([title, text, mono]) => (text ? [{ title, text, isMono: mono !== undefined }] : []));
}

/** Machines have whole GiB, but for what the firmware keeps for itself. */
function memoryText(mib: number | null): string | null {
  if (mib === null) return null;
  return mib < 1024 ? `${mib} MiB` : `${(mib / 1024).toFixed(1).replace('.0', '')} GiB`;
}
