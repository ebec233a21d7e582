import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { menuScript } from '../machines/menu.js';
import { decide } from '../machines/menu-choice.js';
import { profileProblems } from '../resources/profile-problems.js';
import { type Services, serverUrl } from './services.js';

/** What iPXE tells of the machine. An unset setting of iPXE arrives as an empty text. */
const querystring = Type.Object({ arch: Type.Optional(Type.String({ maxLength: 16 })) });

/** `GET /boot?mac=…&arch=…`: the script for a machine, by the decision function. */
export function boot(app: FastifyInstance, { catalogue, store, settings }: Services): void {
  readable<{ Querystring: Static<typeof querystring> }>(app, '/boot', { querystring }, async (request) => {
    const facts = { arch: request.query.arch || undefined };
    const distros = await catalogue.entries();
    const problems = await profileProblems(store.snapshot, distros);
    const decision = decide(facts, store.snapshot, distros, settings, problems);
    return textPlan(menuScript(decision, serverUrl(request, settings)));
  });
}
