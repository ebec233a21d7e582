import { type ExecFileException, execFile } from 'node:child_process';
import { childFailure, notStarted, type Program } from './child-failure.js';

/** Runs a program that ends by itself. Throws SERABUT_ERR_CHILD_FAILED, with what it printed last, if it fails. */
export function runToEnd(program: Program): Promise<void> {
  const { name, command, args } = program;
  return new Promise((resolve, reject) => {
    execFile(command, args, (failure: ExecFileException | null, stdout, stderr) => {
      if (failure === null) return resolve();
      const { code, signal } = failure;
      // The code is a number if it ended, and a text if it could not be run.
      const wasRun = typeof code === 'number' || typeof signal === 'string';
      const reason = wasRun ? `${name} ended with ${signal ?? `exit code ${code}`}` : notStarted(program, failure);
      const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '');
      reject(childFailure(name, reason, lines));
    });
  });
}
