import { CommanderError } from 'commander';
import { asSerabutError, type ErrorCode } from '../errors.js';

/** What a command ends with, for scripts; docs/command-line.md has the same list. */
const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, notFound: 4, notAllowed: 5 } as const;

const notAllowed: readonly ErrorCode[] = [
  'SERABUT_ERR_ACTIONS_OFF',
  'SERABUT_ERR_NOT_PERMITTED',
  'SERABUT_ERR_OPERATOR_TOKEN',
  'SERABUT_ERR_TOO_MANY_GUESSES',
];

/** What a server may be asked for by name. The commands that read files end with 1 for one that is not there. */
const notFound: readonly ErrorCode[] = [
  'SERABUT_ERR_MACHINE_NOT_FOUND',
  'SERABUT_ERR_NAME_NOT_FOUND',
  'SERABUT_ERR_PROFILE_NOT_FOUND',
];

/** The code for what a command threw. */
export function exitCodeOf(thrown: unknown): number {
  // Help and version are thrown, too, and end well.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const { code } = asSerabutError(thrown);
  if (code === 'SERABUT_ERR_UNREACHABLE') return exitCodes.unreachable;
  if (notAllowed.includes(code)) return exitCodes.notAllowed;
  return notFound.includes(code) ? exitCodes.notFound : exitCodes.failed;
}
