import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asSerabutError } from '../errors.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { isWhole, saidFacts, simulationHeader, type WholeQuery, wholeQuery } from '../machines/identity.js';
import type { Answer, Attempt, Client, Decision, Question } from '../machines/outcome.js';
import { decisionScript } from '../machines/scripts.js';
import Type, { type Static } from '../typebox.js';
import { clientOf } from './client.js';
import { type Services, serverUrl } from './services.js';

const querystring = Type.Object(wholeQuery);

/**
 * After how many seconds a machine whose script could not be made asks again. What is wrong is mended by somebody, if at all,
 * and each time that it asks costs it an attempt.
 */
const retryAfter = 120;

/** Has the length of a token. */
const noToken = 'x'.repeat(43);

/** `GET /boot?mac=…&uuid=…`: the script for a machine, by the decision function. */
export function boot(app: FastifyInstance, services: Services): void {
  readable<{ Querystring: Static<typeof querystring> }>(app, '/boot', { querystring }, async (request) => {
    const script = await scriptFor(request, { about: 'boot', isWhole: isWhole(request.query) }, services);
    return textPlan(script ?? '');
  });
}

type Asking = FastifyRequest<{ Querystring: WholeQuery }>;

/** The script that a machine gets, whatever it asked for; undefined when it is allowed what it asked for. */
export async function scriptFor(request: Asking, question: Question, services: Services): Promise<string | undefined> {
  const client = await clientOf(request, services.neighbours);
  const said = saidFacts(request.query);
  if (isLook(request)) return lookScript(request, await services.machines.look(said, client, question), services);
  const { decision, token, asker = null } = await services.machines.ask(said, client, question);
  request.machine = asker;
  if (decision.kind === 'allow') return undefined;
  const server = serverUrl(request, services.settings);
  const place = { server, url: `${server}${request.url}` };
  if (decision.kind !== 'install') return decisionScript(decision, place);
  try {
    return await installScript(request, decision.attempt, token ?? '', services);
  } catch (error) {
    return decisionScript(await notMade(error, { decision, token: token ?? '' }, client, services), place);
  }
}

/** Whether somebody only looks at what would be answered: nothing is kept then. */
export function isLook({ method, headers }: FastifyRequest): boolean {
  return method === 'HEAD' || headers[simulationHeader] !== undefined;
}

/** The script that the machine itself would get now, or as long as it; its token is none. */
async function lookScript(request: Asking, decision: Decision, services: Services): Promise<string | undefined> {
  if (decision.kind === 'allow') return undefined;
  if (decision.kind === 'install') return installScript(request, decision.attempt, noToken, services);
  const server = serverUrl(request, services.settings);
  return decisionScript(decision, { server, url: `${server}${request.url}` });
}

function installScript(request: Asking, attempt: Attempt, token: string, services: Services): Promise<string> {
  const { settings, installTexts } = services;
  const server = serverUrl(request, settings);
  const { mac, uuid, serial, platform } = saidFacts(request.query);
  return installTexts.script(attempt, token, {
    server,
    proxy: settings.proxy,
    syslogPort: settings.syslogPort,
    machine: { mac, uuid, serial, platform },
    memory: request.query.memory,
    url: `${server}/boot?${new URL(request.url, server).searchParams}`,
  });
}

/** What is not there yet is waited for, in the same attempt; what is wrong fails it, before anything is erased. */
async function notMade(
  error: unknown,
  { decision, token }: Required<Omit<Answer, 'asker'>>,
  client: Client,
  { machines }: Services,
): Promise<Extract<Decision, { kind: 'wait' }>> {
  const { status, code, message, retryAfter: seconds = retryAfter } = asSerabutError(error);
  const machine = decision.machine === undefined ? {} : { machine: decision.machine };
  if (status === 503) return { ...machine, kind: 'wait', seconds, reason: `${decision.reason} Not yet: ${message}.` };
  const reason = `The boot script cannot be made: ${code}: ${message}`;
  // What cannot be written now ends by its deadline.
  await machines.report(token, client, 'failed', reason).catch(() => {});
  return { ...machine, kind: 'wait', seconds, reason };
}
