import { Command } from 'commander';
import { addServingOptions, composeOptions, parseUrl, type ServingOptions } from './options.js';
import { startServing } from './serving.js';
import { type Terminal, untilStopped } from './terminal.js';

/** `serabut serve`: the HTTP server from a data directory. Needs no root. */
export function serveCommand(terminal: Terminal): Command {
  return addServingOptions(new Command('serve'))
    .description('serve boot scripts, files from inside ISOs and answer files by HTTP')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--proxy <url>', 'URL of a package proxy that installed machines shall use', parseUrl)
    .addHelpText('after', '\nExample:\n  $ serabut serve --data ./data --port 8080')
    .action(async (options: ServingOptions & { host: string; proxy?: string }) => {
      const settings = composeOptions(options, terminal, options.proxy ?? null);
      const application = await startServing(settings, options, terminal);
      await untilStopped(terminal);
      await application.close();
    });
}
