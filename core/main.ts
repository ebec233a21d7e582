#!/usr/bin/env -S node --max-semi-space-size=4 --heap-growing-percent=30
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

/** For how long all that goes on may be ended, in milliseconds: the chart gives the pod more before it is killed. */
const endingMs = 20_000;

/** Within this time, in milliseconds, a second signal is the first: what Ctrl-C sends to all, npm passes on once more. */
const sameSignalMs = 1_000;

/** The only place that reads the arguments, listens for signals and sets the exit code. */
const stop = new AbortController();
// Whoever reads the output may have had enough of it, as in `serabut iso ls x.iso | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
// A log that cannot be written, as on a disk that is full, is no reason for machines not to be served.
process.stderr.on('error', () => {});
let stoppedAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal));

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

/** Has the command end; all at once, where that takes too long or is asked for again. Children end with the process. */
function end(signal: Stopped['signal']): void {
  const now = performance.now();
  if (stoppedAt !== undefined) {
    if (now - stoppedAt > sameSignalMs) process.exit(128 + constants.signals[signal]);
    return;
  }
  stoppedAt = now;
  stop.abort(new Stopped(signal));
  setTimeout(() => {
    process.stderr.write(`Not all that went on has ended within ${endingMs / 1000} s; it is left.\n`);
    process.exit(1);
  }, endingMs).unref();
}
