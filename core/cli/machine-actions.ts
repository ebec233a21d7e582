import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { MachineView } from '../operator/machine-view.js';
import { ApiClient, addClientOptions, type ClientOptions, plain } from './api-client.js';
import type { Terminal } from './terminal.js';

const pathOf = (name: string): string => `/machines/${encodeURIComponent(name)}`;

/** `serabut accept NAME`: a discovered machine becomes one that is installed. */
export function acceptCommand(terminal: Terminal): Command {
  const command = new Command('accept')
    .description('accept a discovered machine: it is installed when it next boots from the network. ERASES ITS DISK')
    .argument('<name>')
    .option('--profile <name>', 'BootProfile to install it with; that of the proposal when left out')
    .addHelpText('after', '\nExample:\n  $ serabut accept mac-52-54-00-12-34-56 --profile web --token-file token');
  return addClientOptions(command).action(async (name: string, options: ClientOptions & { profile?: string }) => {
    const client = await ApiClient.open(options, terminal.stopped);
    const body = options.profile === undefined ? {} : { bootProfile: options.profile };
    const { bootProfile } = await client.ask<MachineView>('POST', `${pathOf(name)}/accept`, body);
    terminal.out.write(`Machine ${name} is accepted, with BootProfile ${bootProfile}.\n${startIt(name)}`);
  });
}

/** `serabut reinstall NAME --yes`: the generation of a Machine is raised. */
export function reinstallCommand(terminal: Terminal): Command {
  const command = new Command('reinstall')
    .description('install a machine once more when it next boots from the network. ERASES ITS DISK')
    .argument('<name>')
    .option('--yes', 'really')
    .addHelpText('after', '\nExample:\n  $ serabut reinstall web-1 --yes --token-file token');
  return addClientOptions(command).action(async (name: string, options: ClientOptions & { yes?: true }) => {
    if (options.yes !== true) {
      command.error(`error: this erases the disk of ${name}. If that is meant, add --yes.`);
    }
    const client = await ApiClient.open(options, terminal.stopped);
    const { generation } = await client.ask<MachineView>('GET', pathOf(name));
    // A number to come to: a request that is sent twice, as by a proxy, installs once.
    const next = Math.max(generation.wanted, generation.begun) + 1;
    await client.ask('POST', `${pathOf(name)}/reinstall`, { generation: next });
    terminal.out.write(`Machine ${name} is to be installed once more, as generation ${next}.\n${startIt(name)}`);
  });
}

/** `serabut forget NAME`: a discovered machine is taken off the list. */
export function forgetCommand(terminal: Terminal): Command {
  const command = new Command('forget')
    .description('take a discovered machine off the list; when it asks again it is discovered again')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  $ serabut forget mac-52-54-00-12-34-56 --token-file token');
  return addClientOptions(command).action(async (name: string, options: ClientOptions) => {
    const client = await ApiClient.open(options, terminal.stopped);
    await client.ask('DELETE', pathOf(name));
    terminal.out.write(`Machine ${name} is forgotten.\n`);
  });
}

function startIt(name: string): string {
  return `Next: start it from the network. Then: serabut logs ${name} --follow\n`;
}

/** How often a log is asked for anew, in milliseconds. */
const followMs = 1_000;

/** `serabut logs NAME`: what the installer of a machine logs. */
export function logsCommand(terminal: Terminal): Command {
  const command = new Command('logs')
    .description('print what the installer of a machine logged, as far as it is kept (200 lines)')
    .argument('<name>')
    .option('-f, --follow', 'go on, and print what comes')
    .addHelpText('after', '\nExample:\n  $ serabut logs web-1 --follow --token-file token');
  return addClientOptions(command).action((name: string, options: ClientOptions & { follow?: true }) =>
    logs(name, options, terminal),
  );
}

interface MachineLog {
  readonly lines: readonly string[];
  readonly next: number;
}

async function logs(
  name: string,
  options: ClientOptions & { follow?: true },
  { out, err, stopped }: Terminal,
): Promise<void> {
  const client = await ApiClient.open(options, stopped);
  let after = 0;
  for (let isFirst = true; !stopped.aborted; isFirst = false) {
    const { lines, next } = await client.ask<MachineLog>('GET', `${pathOf(name)}/log?after=${after}`);
    for (const line of lines) out.write(`${plain(line)}\n`);
    after = next;
    if (isFirst && next === 0) err.write(nothingLogged(name));
    if (options.follow !== true) return;
    await delay(followMs, undefined, { signal: stopped }).catch(() => {});
  }
}

function nothingLogged(name: string): string {
  return `Nothing was logged yet. Installers log only to a server with --syslog-port. Next: serabut describe machine ${name}\n`;
}
