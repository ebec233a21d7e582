#!/usr/bin/env -S node --max-semi-space-size=4 --optimize-for-size
import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { exitCodeOf } from './cli/exit-codes.js';
import { buildProgram } from './cli/program.js';
import { Ended } from './cli/terminal.js';
import { asSerabutError, explain } from './errors.js';

/** What a command throws that was asked to end before it was done. */
class Stopped extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`);
  }
}

/** The only place that reads the arguments, listens for signals and sets the exit code. */
const stop = new AbortController();
// Whoever reads the output may have had enough of it, as in `serabut iso ls x.iso | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Stopped(signal)));

try {
  const terminal = { out: process.stdout, err: process.stderr, stopped: stop.signal };
  await (await buildProgram(terminal, process.argv[2])).parseAsync(process.argv);
} catch (thrown) {
  if (thrown instanceof Stopped) process.exitCode = 128 + constants.signals[thrown.signal];
  else if (thrown instanceof Ended) process.exitCode = thrown.exitCode;
  else {
    // What commander throws it has printed itself.
    if (!(thrown instanceof CommanderError)) process.stderr.write(explain(asSerabutError(thrown)));
    process.exitCode = exitCodeOf(thrown);
  }
}
