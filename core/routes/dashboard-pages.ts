import type { FastifyInstance, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify';
import type { Looking, Page, PageRenderer } from '../dashboard/renderer.js';
import { asSerabutError, type ErrorCode, SerabutError } from '../errors.js';
import { beginErrorReply } from '../http/error-text.js';
import type { OperatorAccess } from '../http/operator-access.js';
import type { Plan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import type { Services } from './services.js';

/** What of a request says who looks. */
type Asking = FastifyRequest<RouteGenericInterface>;

/** What a page is made of: which it is, and what is in it. */
export type Content = Page & { readonly view: object };

/** Makes pages, for whoever may see them. */
export class Pages {
  readonly #access: OperatorAccess;
  readonly #now: () => number;

  constructor(
    { access, now }: Pick<Services, 'access' | 'now'>,
    private readonly renderer: PageRenderer,
  ) {
    this.#access = access;
    this.#now = now;
  }

  /** A page that can be read. Whoever may not read is sent to the login. */
  readable<Route extends RouteGenericInterface>(
    scope: FastifyInstance,
    path: string,
    content: (request: FastifyRequest<Route>, looking: Looking) => Content | Promise<Content>,
  ): void {
    readable<Route>(scope, path, {}, async (request) => {
      await this.#access.requireReader(request as Asking);
      const looking = await this.looking(request as Asking);
      return this.plan(await content(request, looking), looking);
    });
  }

  async looking(request: Asking): Promise<Looking> {
    const session = await this.#access.sessionOf(request);
    const shown = session && { name: session.operator, csrf: session.csrf };
    return { session: shown, actions: this.#access.hasActions, now: this.#now() };
  }

  /** Who looks at a question that needs an operator. Throws SERABUT_ERR_ACTIONS_OFF and SERABUT_ERR_OPERATOR_TOKEN. */
  async asOperator(request: Asking): Promise<Looking> {
    const looking = await this.looking(request);
    if (looking.session !== undefined) return looking;
    const code = looking.actions ? 'SERABUT_ERR_OPERATOR_TOKEN' : 'SERABUT_ERR_ACTIONS_OFF';
    throw new SerabutError(code, 'this needs an operator who is logged in');
  }

  plan({ view, ...page }: Content, looking: Looking, status = 200): Plan {
    const body = this.renderer.render(page, view, looking);
    return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
  }

  /** An error as a page; for who has no session and needs one, the way to the login. */
  async error(thrown: unknown, request: Asking, reply: FastifyReply): Promise<FastifyReply> {
    if (request.method === 'GET' && asSerabutError(thrown).code === 'SERABUT_ERR_OPERATOR_TOKEN') {
      return toLogin(request, reply);
    }
    const { code, message, where, remedy, status } = beginErrorReply(thrown, request, reply);
    const view = { code, message, where, remedy, back: backOf(request) };
    // Whether there is a session may be just what cannot be said now.
    const looking = await this.looking(request).catch(() => ({ session: undefined, actions: true, now: this.#now() }));
    const plan = this.plan({ template: 'error', title: titleOf(code, status), view }, looking, status);
    return reply.headers(plan.headers).send(plan.body);
  }
}

/** A part of a page is asked for by a script, which must not put the login in its place: the browser is told to go there. */
function toLogin(request: Asking, reply: FastifyReply): FastifyReply {
  const isScript = request.headers['hx-request'] !== undefined;
  const next = isScript ? (request.headers['hx-current-url'] ?? '/') : request.url;
  const login = `/login?${new URLSearchParams({ next: localPath(String(next)) })}`;
  return isScript ? reply.code(204).header('hx-redirect', login).send() : reply.redirect(login, 303);
}

/** The path and query of a URL, for this server alone. */
export function localPath(url: string): string {
  const base = 'http://localhost';
  if (!URL.canParse(url, base)) return '/';
  const { pathname, search } = new URL(url, base);
  return pathname.startsWith('//') ? '/' : `${pathname}${search}`;
}

function backOf({ url }: Asking): string {
  const [, machine] = /^(\/machines\/[^/?]+)\/\w/.exec(url) ?? [];
  return machine ?? '/';
}

function titleOf(code: ErrorCode, status: number): string {
  if (status === 404) return 'There is no such thing';
  return code === 'SERABUT_ERR_READ_ONLY' ? 'This is changed in its file' : 'This cannot be done';
}
