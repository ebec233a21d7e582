import type { FastifyInstance } from 'fastify';
import { mediaType } from '../http/media-type.js';
import { sourcePlan, textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { safePath } from '../http/safe-path.js';
import { isoFileSource, lookup } from '../iso/lookup.js';
import { printable } from '../iso/printable.js';
import type { IsoDirectory } from '../iso/tree.js';
import Type, { type Static } from '../typebox.js';
import type { Services } from './services.js';

const params = Type.Object({ iso: Type.String(), '*': Type.Optional(Type.String()) });

/** `GET /iso/content/{iso}/{path}`: a file inside an ISO, in place; the names in it for a directory. */
export function isoContent(app: FastifyInstance, { library }: Services): void {
  for (const url of ['/iso/content/:iso', '/iso/content/:iso/*']) {
    readable<{ Params: Static<typeof params> }>(app, url, { params }, (request) => {
      const { iso, '*': path = '' } = request.params;
      const volume = library.volume(iso);
      const node = lookup(volume, safePath(path));
      if (node.kind === 'directory') return textPlan(listing(node));
      return sourcePlan(isoFileSource(volume, node), mediaType(node.name), request);
    });
  }
}

/** One name a line, directories with a slash at the end, as `ls -p` prints them; what would break a line is escaped. */
function listing(directory: IsoDirectory): string {
  const lines = [...directory.children.values()].map((node) => `${node.name}${node.kind === 'directory' ? '/' : ''}`);
  return lines
    .sort()
    .map((line) => `${printable(line)}\n`)
    .join('');
}
