import { join } from 'node:path';
import { exitCodeOf } from '../../core/cli/exit-codes.js';
import { type Api, secrets } from './api.js';
import { run } from './run-cli.js';

export const tokenFile = join(secrets, 'tokens');

/** Runs a command against a server, as an operator; what it printed and what it would end with. */
export async function ask(api: Api, ...args: string[]) {
  const command = run(...args, '--server', api.app.url, '--token-file', tokenFile);
  const thrown = await command.done.then(
    () => undefined,
    (error: Error) => error,
  );
  const code = thrown === undefined ? 0 : exitCodeOf(thrown);
  return { code, out: command.out.text, err: command.err.text, message: thrown?.message ?? '' };
}
