import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asSerabutError, errorTable, SerabutError } from '../errors.js';
import { endedCookie, isForeign, sessionCookie } from '../http/operator-access.js';
import { type Content, localPath, type Pages } from './dashboard-pages.js';
import type { Services } from './services.js';

type OfQuery = { Querystring: { next?: unknown } };
type OfForm = { Body: Readonly<Record<string, string>> | undefined };

/** `GET|POST /login`: an operator's token for a cookie. `POST /logout` ends its session. Open where reading is closed. */
export function dashboardLogin(scope: FastifyInstance, pages: Pages, { access }: Services): void {
  scope.get<OfQuery>('/login', { exposeHeadRoute: false }, async (request, reply) => {
    const { next } = request.query;
    const page = loginPage(typeof next === 'string' ? localPath(next) : '/', undefined);
    const plan = pages.plan(page, await pages.looking(request as FastifyRequest));
    return scope.sender.send(request as FastifyRequest, reply as FastifyReply, plan);
  });
  scope.post<OfForm>('/login', async (request, reply) => {
    const { token = '', next = '/' } = request.body ?? {};
    // A foreign page must not log somebody in under a name that is not his.
    if (isForeign(request as FastifyRequest)) {
      throw new SerabutError('SERABUT_ERR_FOREIGN_FORM', 'the form is of another page');
    }
    try {
      const session = await access.signIn(token, request as FastifyRequest);
      return reply.header('set-cookie', sessionCookie(session)).redirect(localPath(next), 303);
    } catch (thrown) {
      const { status, code, message } = asSerabutError(thrown);
      if (code !== 'SERABUT_ERR_OPERATOR_TOKEN' && code !== 'SERABUT_ERR_TOO_MANY_GUESSES') throw thrown;
      const page = loginPage(localPath(next), `${message[0]?.toUpperCase()}${message.slice(1)}.`);
      const plan = pages.plan(page, await pages.looking(request as FastifyRequest), status);
      return scope.sender.send(request as FastifyRequest, reply as FastifyReply, plan);
    }
  });
  scope.post<OfForm>('/logout', async (request, reply) => {
    access.signOut(await access.requireForm(request as FastifyRequest, request.body?.csrf));
    return reply.header('set-cookie', endedCookie).redirect('/', 303);
  });
}

function loginPage(next: string, problem: string | undefined): Content {
  const howToTurnOn = `Nobody can act on this server. ${errorTable.SERABUT_ERR_ACTIONS_OFF.remedy}`;
  return { template: 'login', title: 'Log in', view: { next, problem, howToTurnOn } };
}
