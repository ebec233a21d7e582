import type { FastifyRequest } from 'fastify';
import { SerabutError } from '../errors.js';
import { GuessLimit } from '../machines/guess-limit.js';
import { hashToken, isTokenOf } from '../machines/tokens.js';
import { type Operator, operatorOf, readOperatorTokens } from '../operator/operator-tokens.js';
import { type Session, Sessions, sessionSeconds } from '../operator/sessions.js';

export interface OperatorSettings {
  /** The file with the tokens of operators; without one nobody can act. */
  readonly tokenFile: string | undefined;
  /** Whether reading wants a token, too. */
  readonly isClosed: boolean;
}

/** What every page and answer for operators says to browsers. */
export const operatorHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  // With `no-referrer` a browser sends `Origin: null` with a form (Fetch §3.2), which then looks as if it were foreign.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const cookieName = 'serabut-session';
const cookieRule = new RegExp(`(?:^|;)\\s*${cookieName}=([\\w-]{43})\\s*(?:;|$)`);

/**
 * Who may look and who may act. Programs send `Authorization: Bearer TOKEN` with each request; a browser signs in with the
 * token once and then has a cookie, which alone never acts by the API: a foreign page could send it.
 */
export class OperatorAccess {
  readonly #guesses: GuessLimit;
  readonly #sessions: Sessions;

  /** `now` is in milliseconds since 1970. */
  constructor(
    private readonly settings: OperatorSettings,
    now: () => number,
  ) {
    this.#guesses = new GuessLimit(now);
    this.#sessions = new Sessions(now);
  }

  /** Whether there are tokens, so that somebody can act. */
  get hasActions(): boolean {
    return this.settings.tokenFile !== undefined;
  }

  get isClosed(): boolean {
    return this.settings.isClosed;
  }

  /** Throws SERABUT_ERR_SECRET when the file with the tokens cannot be used, SERABUT_ERR_BAD_REQUEST without one where reading is closed. */
  async check(): Promise<void> {
    if (this.isClosed && !this.hasActions) {
      const message = 'reading is closed, and nobody has a token: give --operator-token-file, too';
      throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
    }
    if (this.hasActions) await this.#operators();
  }

  /** Throws SERABUT_ERR_OPERATOR_TOKEN where reading is closed and the request has neither a token nor a session. */
  async requireReader(request: FastifyRequest): Promise<void> {
    if (this.isClosed) await this.requireInsider(request);
  }

  /** The same for what is not for everybody even where reading is open. */
  async requireInsider(request: FastifyRequest): Promise<void> {
    if (request.headers.authorization === undefined && (await this.sessionOf(request)) !== undefined) return;
    await this.requireOperator(request);
  }

  /**
   * Who acts by the API. Throws SERABUT_ERR_ACTIONS_OFF where there are no tokens, SERABUT_ERR_OPERATOR_TOKEN, and
   * SERABUT_ERR_TOO_MANY_GUESSES.
   */
  async requireOperator(request: FastifyRequest): Promise<Operator> {
    const [, token] = /^Bearer +(\S{1,256})$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) throw this.hasActions ? noToken() : actionsOff();
    return this.#operator(token, addressOf(request));
  }

  /** Begins a session for a browser. Throws as {@link requireOperator} does. */
  async signIn(token: string, request: FastifyRequest): Promise<Session> {
    return this.#sessions.begin(await this.#operator(token.trim(), addressOf(request)));
  }

  /** The session of a request's cookie, as long as its token is one. */
  async sessionOf({ headers }: FastifyRequest): Promise<Session | undefined> {
    const [, id = ''] = cookieRule.exec(headers.cookie ?? '') ?? [];
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    const operators = await this.#operators();
    if (operators.some(({ tokenHash }) => tokenHash === session.tokenHash)) return session;
    this.#sessions.end(id);
    return undefined;
  }

  /**
   * Who acts by a form of the dashboard: its session, whose form it is, sent by a page of this server. Throws
   * SERABUT_ERR_ACTIONS_OFF, SERABUT_ERR_OPERATOR_TOKEN without a session, SERABUT_ERR_FOREIGN_FORM otherwise.
   */
  async requireForm(request: FastifyRequest, csrf: string | undefined): Promise<Session> {
    if (!this.hasActions) throw actionsOff();
    const session = await this.sessionOf(request);
    if (session === undefined) throw noToken();
    if (isForeign(request) || !isTokenOf(csrf ?? '', hashToken(session.csrf))) throw foreignForm();
    return session;
  }

  signOut(session: Session): void {
    this.#sessions.end(session.id);
  }

  async #operator(token: string, address: string): Promise<Operator> {
    if (!this.hasActions) throw actionsOff();
    this.#guesses.require(address);
    const operator = operatorOf(token, await this.#operators());
    if (operator !== undefined) return operator;
    this.#guesses.count(address);
    throw noToken('it is not the token of an operator');
  }

  async #operators(): Promise<readonly Operator[]> {
    return this.settings.tokenFile === undefined ? [] : readOperatorTokens(this.settings.tokenFile);
  }
}

/** Value of `Set-Cookie` that keeps a session. Not `Secure`: on the boot LAN there is plain HTTP. */
export function sessionCookie({ id }: Session): string {
  return `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionSeconds}`;
}

/** Value of `Set-Cookie` that ends one. */
export const endedCookie = `${cookieName}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;

/**
 * Whether a browser says that another site's page sent this. Browsers say `Sec-Fetch-Site` to a secure origin alone, and
 * `Origin` with each POST; a form that comes with neither still has to have the field of its session.
 */
export function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return true;
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

function addressOf(request: FastifyRequest): string {
  // The address is gone when the socket is.
  return (request.ip as string | undefined) ?? '';
}

function noToken(message = 'this needs the token of an operator'): SerabutError {
  const headers = { 'www-authenticate': 'Bearer realm="serabut"' };
  return new SerabutError('SERABUT_ERR_OPERATOR_TOKEN', message, { headers });
}

function actionsOff(): SerabutError {
  return new SerabutError('SERABUT_ERR_ACTIONS_OFF', 'this server was started without tokens of operators');
}

function foreignForm(): SerabutError {
  const message = 'the form is of another page, or of a session that is over';
  return new SerabutError('SERABUT_ERR_FOREIGN_FORM', message);
}
