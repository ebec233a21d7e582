import { fileURLToPath } from 'node:url';
import { type Context, Liquid, type Template } from 'liquidjs';
import type { Assets } from './assets.js';
import { ago, bytes, clock, duration, kind } from './filters.js';

/** Who looks, as far as a page shows it. */
export interface Looking {
  /** The operator and the secret of the session's forms; undefined for who is not logged in. */
  readonly session: { readonly name: string; readonly csrf: string } | undefined;
  /** Whether there are tokens at all, so that somebody could log in. */
  readonly actions: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The pages of the navigation, in their order. */
const pages = [
  { path: '/', title: 'Overview' },
  { path: '/machines', title: 'Machines' },
  { path: '/images', title: 'Images' },
  { path: '/distros', title: 'Distros' },
  { path: '/plugins', title: 'Plugins' },
] as const;

/** What a page is about: its template, its place in the navigation, its title. */
export interface Page {
  readonly template: string;
  readonly section?: (typeof pages)[number]['path'] | undefined;
  readonly title: string;
}

/**
 * Makes pages of templates. Everything that a template prints is escaped; none marks anything as HTML. Only own properties
 * are seen, and a name that a view lacks is an error. No template that is not in the directory of templates is read.
 */
export class PageRenderer {
  readonly #engine: Liquid;
  readonly #templates = new Map<string, Template[]>();

  constructor(private readonly assets: Pick<Assets, 'urls'>) {
    this.#engine = new Liquid({
      root: fileURLToPath(new URL('templates', import.meta.url)),
      extname: '.liquid',
      cache: true,
      outputEscape: 'escape',
      ownPropertyOnly: true,
      strictFilters: true,
      strictVariables: true,
      lenientIf: true,
      jsTruthy: true,
    });
    for (const [name, filter] of Object.entries({ bytes, duration, kind })) this.#engine.registerFilter(name, filter);
    for (const [name, filter] of Object.entries({ ago, clock })) this.#engine.registerFilter(name, withNow(filter));
  }

  /** The page as HTML. */
  render({ template, section, title }: Page, view: object, looking: Looking): string {
    const parsed = this.#templates.get(template) ?? this.#engine.parseFileSync(template);
    this.#templates.set(template, parsed);
    const globals = { ...looking, pages, section: section ?? '', assets: this.assets.urls };
    return this.#engine.renderSync(parsed, { title, ...view }, { globals });
  }
}

/** A filter that counts from the time of the page. */
function withNow(filter: (value: unknown, now: number) => string) {
  return function (this: { readonly context: Context }, value: unknown): string {
    return filter(value, (this.context.globals as unknown as Looking).now);
  };
}
