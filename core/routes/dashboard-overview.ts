import type { FastifyInstance } from 'fastify';
import { imagesPage } from '../dashboard/images-page.js';
import { distrosPage, pluginsPage } from '../dashboard/other-pages.js';
import { overviewPage } from '../dashboard/overview-page.js';
import { distroViews, profileViews } from '../operator/distro-view.js';
import { imageViews } from '../operator/image-view.js';
import { overview } from '../operator/overview.js';
import { pluginViews } from '../operator/plugin-view.js';
import type { Pages } from './dashboard-pages.js';
import type { Services } from './services.js';

/** `GET /`: what needs attention, and what goes on. `GET /images`, `/distros`, `/plugins`: how each of these stands. */
export function dashboardOverview(scope: FastifyInstance, pages: Pages, services: Services): void {
  const { store, library, catalogue, plugins, machines, settings } = services;
  pages.readable(scope, '/', async (_request, { now }) => {
    const sources = { store, library, catalogue, plugins, machines: machines.present, lanProblem: settings.lanProblem };
    const view = overviewPage(await overview(sources, now), imageViews({ store, library }));
    return { template: 'overview', section: '/', title: 'Overview', view };
  });
  pages.readable(scope, '/images', () => {
    const view = imagesPage(imageViews({ store, library }));
    return { template: 'images', section: '/images', title: 'Images', view };
  });
  pages.readable(scope, '/distros', async () => {
    const sources = { catalogue, store };
    const view = distrosPage(await distroViews(sources), await profileViews(sources));
    return { template: 'distros', section: '/distros', title: 'Distros', view };
  });
  pages.readable(scope, '/plugins', () => {
    return { template: 'plugins', section: '/plugins', title: 'Plugins', view: pluginsPage(pluginViews(plugins)) };
  });
}
