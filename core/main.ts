#!/usr/bin/env node
import { buildProgram } from './cli/program.js';
import { asSerabutError, explain } from './errors.js';

/** The only place that reads the arguments, listens for signals and sets the exit code. */
const stop = new AbortController();
// Whoever reads the output may have had enough of it, as in `serabut iso ls x.iso | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

try {
  await buildProgram({ out: process.stdout, err: process.stderr, stopped: stop.signal }).parseAsync(process.argv);
} catch (thrown) {
  process.stderr.write(explain(asSerabutError(thrown)));
  process.exitCode = 1;
}
