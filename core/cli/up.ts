import { Command } from 'commander';
import { addServingOptions, composeOptions, type ServingOptions } from './options.js';
import { startServing } from './serving.js';
import { type Terminal, untilStopped } from './terminal.js';

export function upCommand(terminal: Terminal): Command {
  return addServingOptions(new Command('up')).action(async (options: ServingOptions) => {
    const application = await startServing(
      composeOptions(options, terminal, null),
      { host: '0.0.0.0', port: options.port },
      terminal,
    );
    await untilStopped(terminal);
    await application.close();
  });
}
