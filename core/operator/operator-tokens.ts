import { SerabutError } from '../errors.js';
import { hashToken, isTokenOf } from '../machines/tokens.js';
import { readSmallFile } from '../resources/yaml-file.js';

/** Somebody who may act, by the name that stands in front of the token. */
export interface Operator {
  readonly operator: string;
  /** SHA-256 of the token, in hexadecimal digits: what is done in its name ends with it. */
  readonly tokenHash: string;
}

/** A name of the log's, a colon, and a token without blanks that nobody guesses. */
const tokenLine = /^([A-Za-z0-9][A-Za-z0-9._@-]{0,63}):([!-~]{16,256})$/;

/** How many there may be: each request is compared with all of them. */
const mostTokens = 100;

/**
 * The tokens of a file, one a line as `NAME:TOKEN`; empty lines and those that begin with `#` say nothing. Throws
 * SERABUT_ERR_SECRET, which names the line and never what stands there.
 */
function parseOperatorTokens(text: string, where: string): Operator[] {
  const operators = text.split(/\r?\n/).flatMap((line, index): Operator[] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, operator, token] = tokenLine.exec(line) ?? [];
    if (operator !== undefined && token !== undefined) return [{ operator, tokenHash: hashToken(token) }];
    const message = `line ${index + 1} is not NAME:TOKEN with a token of at least 16 characters and no blank`;
    throw new SerabutError('SERABUT_ERR_SECRET', message, { where });
  });
  if (operators.length > 0 && operators.length <= mostTokens) return operators;
  const message = operators.length === 0 ? 'there is no token' : `there are more than ${mostTokens} tokens`;
  throw new SerabutError('SERABUT_ERR_SECRET', message, { where });
}

/** Reads the file anew each time, so that a token that is taken out of it opens nothing from then on. */
export async function readOperatorTokens(path: string): Promise<Operator[]> {
  let text: string;
  try {
    text = await readSmallFile(path);
  } catch (cause) {
    const message = `the tokens of operators cannot be read: ${(cause as Error).message}`;
    throw new SerabutError('SERABUT_ERR_SECRET', message, { where: path, cause });
  }
  return parseOperatorTokens(text, path);
}

/** Whose token it is. All are compared, in the same time whatever the answer is. */
export function operatorOf(token: string, operators: readonly Operator[]): Operator | undefined {
  return operators.filter(({ tokenHash }) => isTokenOf(token, tokenHash))[0];
}
