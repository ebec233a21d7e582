import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { type Document, documents, parseDocument, root } from './helpers/documents.js';

t.test('links of the documents lead to what is there', async (t) => {
  for (const document of documents()) {
    for (const { where, text } of document.links) {
      if (!/^[a-z]+:/.test(text)) t.equal(linkProblem(document, text), undefined, where);
    }
  }
});

/** Why a link from one document to another, or to a heading, leads nowhere. */
function linkProblem({ path, anchors }: Document, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : join(dirname(path), file);
  if (!existsSync(root + target)) return `there is no ${target}`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  const known = file === '' ? anchors : parseDocument(target, readFileSync(root + target, 'utf8')).anchors;
  return known.has(anchor) ? undefined : `${target} has no heading #${anchor}`;
}

t.test('the index has every page of docs', async (t) => {
  const all = documents();
  const listed = new Set(all.find(({ path }) => path === 'docs/README.md')?.links.map(({ text }) => text));
  const pages = all.filter(({ path }) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');
  for (const { path } of pages)
    t.ok(listed.has(path.replace('docs/', '')), `write a line for ${path} in docs/README.md`);
});
