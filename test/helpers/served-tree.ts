import { createHash } from 'node:crypto';
import { Agent, get as request } from 'node:http';
import type { Tree } from './oracles.js';

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** What a server answers: the status where it is not 200, else the SHA-256 of the body. */
export function get(url: string): Promise<string> {
  return answer(url, (status, chunks) => {
    if (status !== 200) return `${status}`;
    const hash = createHash('sha256');
    for (const chunk of chunks) hash.update(chunk);
    return hash.digest('hex');
  });
}

/** All paths below a URL by the listings of directories, sorted, those of directories with a slash at the end. */
export async function listed(url: string, below = ''): Promise<string[]> {
  const text = await answer(`${url}/${urlPath(below)}`, (_, chunks) => Buffer.concat(chunks).toString());
  const names = text.split('\n').filter((name) => name !== '');
  const paths = names.map((name) => `${below}${name}`);
  const deeper = await Promise.all(paths.filter((path) => path.endsWith('/')).map((path) => listed(url, path)));
  return [...paths, ...deeper.flat()].sort();
}

/** The listing of a directory, as the server should make it. */
export function listingOf(tree: Tree, directory: string): string {
  const start = directory === '' ? '' : `${directory}/`;
  const names = Object.keys(tree)
    .filter((path) => path.startsWith(start) && !path.slice(start.length).includes('/'))
    .map((path) => `${path.slice(start.length)}${tree[path] === 'directory' ? '/' : ''}\n`);
  return names.sort().join('');
}

export function urlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function answer<T>(url: string, use: (status: number, chunks: Buffer[]) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => resolve(use(response.statusCode ?? 0, chunks)));
    });
    asked.on('error', reject);
  });
}
