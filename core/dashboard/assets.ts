import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file that pages refer to. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** Where each asset lies: beside this module, or in its package. */
const sources = {
  style: { name: 'style.css', type: 'text/css; charset=utf-8', from: new URL('style.css', import.meta.url) },
  icon: { name: 'icon.svg', type: 'image/svg+xml', from: new URL('icon.svg', import.meta.url) },
  live: { name: 'live.js', type: 'text/javascript; charset=utf-8', from: new URL('live.js', import.meta.url) },
  htmx: {
    name: 'htmx.js',
    type: 'text/javascript; charset=utf-8',
    from: new URL('dist/htmx.min.js', import.meta.resolve('htmx.org/package.json')),
  },
} as const;

export type AssetName = keyof typeof sources;

/** The assets of the pages under URLs that hold their hash: what is at such a URL never changes. */
export class Assets {
  readonly urls: Readonly<Record<AssetName, string>>;
  readonly #byPath = new Map<string, Asset>();

  constructor() {
    const urls = Object.entries(sources).map(([key, { name, type, from }]) => {
      const text = withoutMap(readFileSync(fileURLToPath(from), 'utf8'));
      const path = `${hash('sha256', text, 'base64url').slice(0, 16)}/${name}`;
      this.#byPath.set(path, { type, text });
      return [key, `/assets/${path}`];
    });
    this.urls = Object.fromEntries(urls);
  }

  /** By what follows `/assets/` in a URL. */
  get(path: string): Asset | undefined {
    return this.#byPath.get(path);
  }
}

/** The map of a minified script is not served: a browser's tools would ask for it in vain. */
function withoutMap(text: string): string {
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
