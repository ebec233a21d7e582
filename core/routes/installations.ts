import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SerabutError } from '../errors.js';
import { mediaType } from '../http/media-type.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { GuessLimit } from '../machines/guess-limit.js';
import { type MachineQuery, machineView } from '../machines/identity.js';
import type { Client } from '../machines/outcome.js';
import { reportText } from '../machines/report-text.js';
import { isToken } from '../machines/tokens.js';
import { acceptAnyBody } from './any-body.js';
import { clientOf } from './client.js';
import { type Services, serverUrl } from './services.js';

type OfToken = { Params: { token: string }; Querystring: Record<string, unknown> };
type OfFile = { Params: { token: string; file: string }; Querystring: MachineQuery };

/**
 * `GET /installations/{token}/automation/{file}`: an answer file of the machine that the token is for, with its secrets.
 * `GET|POST /installations/{token}/{done,failed,progress}`: what its installer reports, by query or body. Whoever has no
 * valid token learns no more than that, whatever the reason.
 */
export function installations(app: FastifyInstance, services: Services): void {
  const { machines, installTexts, settings, neighbours } = services;
  const guesses = new GuessLimit(services.now);
  const ask = { neighbours, guesses };

  readable<OfFile>(app, '/installations/:token/automation/:file', {}, (request) =>
    withToken(request, ask, async (token, client) => {
      const attempt = machines.open(token, client);
      const { file } = request.params;
      const said = machineView(request.query);
      const machine = { ...said, mac: said.mac ?? macOf(client) };
      const { proxy, syslogPort } = settings;
      const asking = { server: serverUrl(request, settings), proxy, syslogPort, machine, file };
      const text = await installTexts.answers(attempt, token, asking);
      const who = { machine: attempt.machine.name };
      request.machine = who.machine;
      // By the token and no address, which several may share: that its installer has begun counts for this one.
      if (request.method === 'GET') machines.saw(who, 'AnswersSent', file, Buffer.byteLength(text));
      return textPlan(text, mediaType(file, 'text/plain; charset=utf-8'));
    }),
  );

  app.register(async (scope) => {
    acceptAnyBody(scope);
    for (const kind of ['progress', 'done', 'failed'] as const) {
      scope.route<OfToken>({
        method: ['GET', 'POST'],
        url: `/installations/:token/${kind}`,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const plan = await withToken(request, ask, async (token, client) => {
            const text = reportText(request.url.split('?')[1] ?? '', String(request.body ?? ''));
            await machines.report(token, client, kind, text);
            return textPlan('ok\n');
          });
          return scope.sender.send(request, reply, plan);
        },
      });
    }
  });
}

/** Does something with what a token opens. One text stands for every reason for which it opens nothing. */
async function withToken<T>(
  request: FastifyRequest<{ Params: { token: string } }>,
  { neighbours, guesses }: Pick<Services, 'neighbours'> & { guesses: GuessLimit },
  use: (token: string, client: Client) => Promise<T>,
): Promise<T> {
  const client = await clientOf(request, neighbours);
  try {
    if (!isToken(request.params.token)) throw refusal();
    return await use(request.params.token, client);
  } catch (error) {
    if (!(error instanceof SerabutError) || error.code !== 'SERABUT_ERR_TOKEN') throw error;
    guesses.count(client.address);
    throw refusal();
  }
}

function refusal(): SerabutError {
  return new SerabutError('SERABUT_ERR_TOKEN', 'there is no installation for this token, or not for this machine');
}

function macOf({ neighbour }: Client): string | null {
  return neighbour === 'local' ? null : neighbour;
}
