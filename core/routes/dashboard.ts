import type { FastifyInstance } from 'fastify';
import { Assets } from '../dashboard/assets.js';
import { PageRenderer } from '../dashboard/renderer.js';
import { operatorHeaders } from '../http/operator-access.js';
import { dashboardActions } from './dashboard-actions.js';
import { dashboardAssets } from './dashboard-assets.js';
import { dashboardLogin } from './dashboard-login.js';
import { dashboardMachines } from './dashboard-machines.js';
import { dashboardOverview } from './dashboard-overview.js';
import { Pages } from './dashboard-pages.js';
import type { Services } from './services.js';

/** The most that a form may hold, in bytes. */
const formLimit = 8 * 1024;

/**
 * The pages for people: server-rendered, and of use without a script. Reading is open or wants a session; acting always
 * does.
 */
export function dashboard(app: FastifyInstance, services: Services): void {
  const assets = new Assets();
  const pages = new Pages(services, new PageRenderer(assets));
  dashboardAssets(app, assets); // GET /assets/{hash}/{file}
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const parser = { parseAs: 'string', bodyLimit: formLimit } as const;
    scope.addContentTypeParser('application/x-www-form-urlencoded', parser, async (_request: unknown, body: string) =>
      Object.fromEntries(new URLSearchParams(body)),
    );
    scope.addHook('onSend', async (_request, reply) => void reply.headers(operatorHeaders));
    scope.setErrorHandler((error, request, reply) => pages.error(error, request, reply));
    dashboardOverview(scope, pages, services); // GET /, /images, /distros, /plugins
    dashboardMachines(scope, pages, services); // GET /machines, /machines/{name}, …/preview
    dashboardActions(scope, pages, services); //  GET|POST /machines/{name}/{accept,reinstall,forget}
    dashboardLogin(scope, pages, services); //    GET|POST /login, POST /logout
  });
}
