import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { doctorCommand } from './doctor.js';
import { isoCommand } from './iso.js';
import { lanCommand } from './lan.js';
import { pluginCommand } from './plugin.js';
import { podCommand } from './pod.js';
import { renderCommand } from './render.js';
import { serveCommand } from './serve.js';
import type { Terminal } from './terminal.js';
import { upCommand } from './up.js';

/** The command line. Each subcommand is a file of its own. */
export function buildProgram(terminal: Terminal): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return new Command('serabut')
    .description("Boots and installs machines over the network from the distributions' own ISO files.")
    .version(version)
    .addCommand(serveCommand(terminal))
    .addCommand(upCommand(terminal))
    .addCommand(lanCommand(terminal))
    .addCommand(doctorCommand(terminal))
    .addCommand(podCommand(terminal))
    .addCommand(isoCommand(terminal))
    .addCommand(renderCommand(terminal))
    .addCommand(pluginCommand(terminal));
}
