import { SerabutError } from '../errors.js';

/** A program that runs beside the server. */
export interface Program {
  /** Name for people and for the log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The package to install when there is no such command. */
  readonly package: string;
}

/** How many of the last lines an error carries. */
export const keptLines = 10;

/** The error for a program that ended as it should not, with the last lines that it printed. */
export function childFailure(name: string, reason: string, lines: readonly string[]): SerabutError {
  const printed = lines.slice(-keptLines).map((line) => `\n  | ${line}`);
  return new SerabutError('SERABUT_ERR_CHILD_FAILED', `${reason}${printed.join('')}`, { where: name });
}

/** Why a program could not even be started. */
export function notStarted(program: Program, error: Error): string {
  if (!('code' in error) || error.code !== 'ENOENT') return `${program.name} could not be run: ${error.message}`;
  return `there is no program ${program.command}; install the package ${program.package}`;
}
