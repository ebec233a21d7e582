import type { FastifyInstance } from 'fastify';

export interface Route {
  readonly path: string;
  readonly methods: readonly string[];
}

/** Every route of a server, out of the tree that Fastify prints. */
export function routeTable(server: FastifyInstance): Route[] {
  const [above, routes]: [string[], Route[]] = [[], []];
  for (const line of server.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods] = /^([│ ]*)(?:├──|└──) (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4;
    if (part === '') continue;
    above.length = depth;
    above.push(part);
    if (methods !== undefined) routes.push({ path: above.join(''), methods: methods.split(', ') });
  }
  return routes;
}

/** Why a server has nothing under a path, which may hold `{name}` and `…` for anything. */
export function routeProblem(routes: readonly Route[], method: string, url: string): string | undefined {
  const path = url.replace(/[?#].*$/, '').replaceAll(/\{\w+\}|\b[A-Z]{2,}\b|…(?=.)/g, 'x');
  const [, beginning] = /^(.*\/)…?$/.exec(path) ?? [];
  if (beginning !== undefined && routes.some((route) => beginsWith(route.path, beginning))) return undefined;
  const fits = routes.filter((route) => patternOf(route.path).test(path));
  if (fits.length === 0) return `there is no route ${path}`;
  if (fits.some(({ methods }) => methods.includes(method))) return undefined;
  return `${path} knows ${fits.flatMap(({ methods }) => methods).join(', ')}, and no ${method}`;
}

/** Whether a path that ends with a slash is the beginning of what a route has. */
function beginsWith(route: string, path: string): boolean {
  const parts = route.split('/').slice(0, path.split('/').length - 1);
  return patternOf(parts.join('/')).test(path);
}

export function patternOf(path: string): RegExp {
  const parts = path.split(/(:\w+|\*)/).map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.+()[\]{}^$|?\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}/?$`);
}
