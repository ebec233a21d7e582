import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Terminal } from './terminal.js';

/** Each subcommand is a file of its own, in the order of the help. */
const subcommands: Readonly<Record<string, () => Promise<(terminal: Terminal) => Command>>> = {
  serve: async () => (await import('./serve.js')).serveCommand,
  up: async () => (await import('./up.js')).upCommand,
  lan: async () => (await import('./lan.js')).lanCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  simulate: async () => (await import('./simulate.js')).simulateCommand,
  pod: async () => (await import('./pod.js')).podCommand,
  iso: async () => (await import('./iso.js')).isoCommand,
  render: async () => (await import('./render.js')).renderCommand,
  plugin: async () => (await import('./plugin.js')).pluginCommand,
  get: async () => (await import('./get.js')).getCommand,
  describe: async () => (await import('./describe.js')).describeCommand,
  accept: async () => (await import('./machine-actions.js')).acceptCommand,
  reinstall: async () => (await import('./machine-actions.js')).reinstallCommand,
  forget: async () => (await import('./machine-actions.js')).forgetCommand,
  logs: async () => (await import('./machine-actions.js')).logsCommand,
  image: async () => (await import('./image.js')).imageCommand,
  completion: async () => (await import('./completion.js')).completionCommand,
};

/** Those that do not look at the others. */
const alone = new Set(Object.keys(subcommands).filter((name) => name !== 'completion'));

/**
 * The command line. `first`: the first argument; where it names a subcommand, only that one is loaded, most of which need
 * little of what the server needs.
 */
export async function buildProgram(terminal: Terminal, first?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const program = new Command('serabut')
    .description("Boots and installs machines over the network from the distributions' own ISO files.")
    .version(version);
  const isNamed = first !== undefined && alone.has(first);
  for (const [name, load] of Object.entries(subcommands)) {
    if (!isNamed || name === first) program.addCommand((await load())(terminal));
  }
  throwing(program);
  return program;
}

/** A wrong use is thrown, so that main.ts gives it an exit code of its own, and says where to read on. */
function throwing(command: Command): void {
  command.exitOverride().showHelpAfterError(`Next: ${nameOf(command)} --help says how it is used.`);
  for (const child of command.commands) throwing(child);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
