import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { completionCommand } from './completion.js';
import { describeCommand } from './describe.js';
import { doctorCommand } from './doctor.js';
import { getCommand } from './get.js';
import { imageCommand } from './image.js';
import { isoCommand } from './iso.js';
import { lanCommand } from './lan.js';
import { acceptCommand, forgetCommand, logsCommand, reinstallCommand } from './machine-actions.js';
import { pluginCommand } from './plugin.js';
import { podCommand } from './pod.js';
import { renderCommand } from './render.js';
import { serveCommand } from './serve.js';
import { simulateCommand } from './simulate.js';
import type { Terminal } from './terminal.js';
import { upCommand } from './up.js';

/** The command line. Each subcommand is a file of its own. */
export function buildProgram(terminal: Terminal): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  const program = new Command('serabut')
    .description("Boots and installs machines over the network from the distributions' own ISO files.")
    .version(version)
    .addCommand(serveCommand(terminal))
    .addCommand(upCommand(terminal))
    .addCommand(lanCommand(terminal))
    .addCommand(doctorCommand(terminal))
    .addCommand(simulateCommand(terminal))
    .addCommand(podCommand(terminal))
    .addCommand(isoCommand(terminal))
    .addCommand(renderCommand(terminal))
    .addCommand(pluginCommand(terminal))
    .addCommand(getCommand(terminal))
    .addCommand(describeCommand(terminal))
    .addCommand(acceptCommand(terminal))
    .addCommand(reinstallCommand(terminal))
    .addCommand(forgetCommand(terminal))
    .addCommand(logsCommand(terminal))
    .addCommand(imageCommand(terminal))
    .addCommand(completionCommand(terminal));
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
