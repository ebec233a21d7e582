import { Argument, Command } from 'commander';
import type { InstallationView } from '../operator/installation-view.js';
import type { MachineView } from '../operator/machine-view.js';
import { ApiClient, addClientOptions, type ClientOptions, plain } from './api-client.js';
import { ago, sizeText, tableOf } from './table.js';
import type { Terminal } from './terminal.js';

/** `serabut describe machine NAME`: all that is known of a machine, and what to do next. */
export function describeCommand(terminal: Terminal): Command {
  const command = new Command('describe')
    .description('show all that is known of a machine, and what to do next')
    .addArgument(new Argument('<what>', 'what it is').choices(['machine']))
    .argument('<name>')
    .option('--json', 'print it for programs')
    .addHelpText('after', '\nExample:\n  $ serabut describe machine web-1');
  return addClientOptions(command).action(
    async (_: string, name: string, options: ClientOptions & { readonly json?: true }) => {
      const client = await ApiClient.open(options, terminal.stopped);
      const view = await client.ask<MachineView>('GET', `/machines/${encodeURIComponent(name)}`);
      const text = options.json ? JSON.stringify(view, null, 2) : description(view, Date.now()).map(plain).join('\n');
      terminal.out.write(`${text}\n`);
    },
  );
}

function description(view: MachineView, now: number): string[] {
  const { generation, proposal, installation, timeline } = view;
  const seen = view.lastSeen === null ? null : `${ago(view.lastSeen, now)} ago${at(view.address)}`;
  return [
    ...fields({
      name: view.name,
      phase: view.phase,
      problem: view.problem,
      decision: view.decision,
      'boot profile': view.bootProfile,
      proposal: proposal && `${proposal.bootProfile}, by MachineRule ${proposal.rule}`,
      generation: `${generation.wanted} wanted, ${generation.begun} begun, ${generation.installed} installed`,
      macs: view.macs.join(', '),
      uuid: view.uuid,
      serial: view.serial,
      hostname: view.hostname,
      hardware: [view.manufacturer, view.product, view.arch, view.platform].filter(Boolean).join(', '),
      memory: view.memoryMiB === null ? null : `${view.memoryMiB} MiB`,
      'last seen': seen,
      'stands in': view.where,
    }),
    ...(installation === null ? [] : installationLines(installation, now)),
    ...(timeline.length === 0 ? [] : ['', 'Timeline', ...timelineLines(view)]),
    '',
    `Next: ${nextStep(view)}`,
  ];
}

function at(address: string | null): string {
  return address === null ? '' : ` at ${address}`;
}

function fields(values: Readonly<Record<string, string | null>>): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name.padEnd(14)}${value}`],
  );
}

function installationLines(view: InstallationView, now: number): string[] {
  const stages = view.stages.filter(({ time }) => time !== null);
  const columns = [
    { head: 'STAGE', of: ({ stage }: (typeof stages)[number]) => stage },
    { head: 'TIME', of: ({ time }: (typeof stages)[number]) => time },
    { head: 'AFTER', of: ({ seconds }: (typeof stages)[number]) => (seconds === null ? null : `${seconds} s`) },
    { head: 'SENT', of: ({ bytes }: (typeof stages)[number]) => sizeText(bytes) },
  ];
  return [
    '',
    `Installation ${view.name}`,
    ...fields({
      '  phase': view.phase,
      '  attempt': `${view.attempt} of ${view.attempts}`,
      '  progress': view.progress,
      '  last heard': view.lastHeard && `${ago(view.lastHeard, now)} ago`,
      '  deadline': view.deadline,
      '  of the medium': view.contentBytes === 0 ? null : sizeText(view.contentBytes),
    }),
    ...(stages.length === 0 ? [] : tableOf(stages, columns).map((line) => `  ${line}`)),
    ...view.failures.map(({ attempt, reason, message }) => `  attempt ${attempt} failed (${reason}): ${message}`),
  ];
}

function timelineLines({ timeline }: MachineView): string[] {
  return timeline.map(({ time, stage, message }) => `  ${time}  ${stage.padEnd(16)}${message}`);
}

/** What somebody who looks at the machine does now. */
function nextStep(view: MachineView): string {
  const { name, phase, bootProfile, problem } = view;
  if (view.acceptable)
    return `serabut accept ${name}${view.proposal === null ? ' --profile NAME' : ''}, which ERASES ITS DISK.`;
  if (phase === 'Pending') return problem ?? 'start the machine from the network; it is installed then.';
  if (phase === 'Installing') return `serabut logs ${name} --follow shows what its installer logs.`;
  if (phase === 'Failed') return `mend what the problem says, then: serabut reinstall ${name} --yes`;
  if (phase === 'Conflict') return 'correct the Machines that the problem names.';
  if (bootProfile === null) return 'give the Machine a bootProfile if it is to be installed.';
  return `nothing. To install it once more, which ERASES ITS DISK: serabut reinstall ${name} --yes`;
}
