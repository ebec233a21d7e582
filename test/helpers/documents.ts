import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Code, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';

/** The checkout. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What the comment before a block says of its commands. */
export type Mark =
  | { readonly kind: 'run'; readonly status: number }
  | { readonly kind: 'server' }
  | { readonly kind: 'not run'; readonly reason: string; readonly coveredBy?: string }
  | { readonly kind: 'output' }
  | { readonly kind: 'none'; readonly comment: string };

export interface Block {
  /** `README.md:12` */
  readonly where: string;
  readonly text: string;
  /** Whether it is for a shell, as a block is that is indented, has no language, or that of a shell. */
  readonly isShell: boolean;
  readonly language: string;
  readonly mark: Mark;
}

export interface Inline {
  readonly where: string;
  readonly text: string;
}

export interface Document {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** What stands between backticks. */
  readonly inlines: readonly Inline[];
  /** Where its links lead. */
  readonly links: readonly Inline[];
  /** What a link to one of its headings has behind the `#`. */
  readonly anchors: ReadonlySet<string>;
}

export const marks = `Write one of these comments on the line before it, with an empty line between (they are not seen when it is read):
  <!-- run -->                                   every command is run, and ends with 0
  <!-- run: ends with 1 -->                      the last one ends with 1
  <!-- run: server -->                           it serves, and goes on for the blocks that follow
  <!-- not run: WHY -->                          in at least three words
  <!-- not run: WHY; covered by test/FILE -->    a test that has the words of the command
  <!-- output -->                                before a block of "text": what the block before it prints, … for anything
What is no command is a fenced block with a language, such as text or yaml.`;

/** Every document whose commands a reader may type. */
export function documents(): Document[] {
  const below = (directory: string, wanted: RegExp): string[] =>
    readdirSync(root + directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => wanted.test(path) && !path.includes('node_modules'))
      .map((path) => `${directory}/${path}`);
  const paths = ['README.md', 'chart/README.md', ...below('docs', /\.md$/), ...below('examples', /(^|\/)README\.md$/)];
  return paths.sort().map((path) => parseDocument(path, readFileSync(root + path, 'utf8')));
}

export function parseDocument(path: string, markdown: string): Document {
  const nodes = [...walk(fromMarkdown(markdown), undefined)].map(({ node, before }) => {
    return { node, before, where: `${path}:${node.position?.start.line}` };
  });
  return {
    path,
    blocks: nodes.flatMap(({ node, before, where }) => {
      const comment = before?.type === 'html' ? before.value : '';
      return node.type === 'code' ? [blockOf(node, where, comment)] : [];
    }),
    inlines: nodes.flatMap(({ node, where }) => (node.type === 'inlineCode' ? [{ where, text: node.value }] : [])),
    links: nodes.flatMap(({ node, where }) => {
      return node.type === 'link' || node.type === 'image' ? [{ where, text: node.url }] : [];
    }),
    anchors: new Set(nodes.flatMap(({ node }) => (node.type === 'heading' ? [anchorOf(textOf(node))] : []))),
  };
}

/** A node and all that are below it, each with the one before it in its parent. */
function* walk(node: Nodes, before: Nodes | undefined): Generator<{ node: Nodes; before: Nodes | undefined }> {
  yield { node, before };
  if ('children' in node) for (const [at, child] of node.children.entries()) yield* walk(child, node.children[at - 1]);
}

function textOf(node: Nodes): string {
  if ('children' in node) return node.children.map(textOf).join('');
  return 'value' in node ? node.value : '';
}

/** As GitHub makes it of a heading; of two that are alike the second has a number, which nothing here refers to. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

function blockOf({ value, lang }: Code, where: string, comment: string): Block {
  const language = lang ?? '';
  const isShell = ['', 'sh', 'bash', 'shell', 'console'].includes(language);
  return { where, text: value, language, isShell, mark: parseMark(comment) };
}

export function parseMark(comment: string): Mark {
  const inner = /^<!--\s*(.*?)\s*-->$/s.exec(comment.trim())?.[1]?.replaceAll(/\s+/g, ' ') ?? '';
  if (inner === 'output') return { kind: 'output' };
  if (inner === 'run: server') return { kind: 'server' };
  const [ran, status = '0'] = /^run(?:: ends with (\d+))?$/.exec(inner) ?? [];
  if (ran !== undefined) return { kind: 'run', status: Number(status) };
  const [notRun, reason = '', coveredBy] = /^not run: (.*?)(?:; covered by (\S+))?$/.exec(inner) ?? [];
  if (notRun === undefined || reason.split(' ').length < 3) return { kind: 'none', comment };
  return { kind: 'not run', reason, ...(coveredBy !== undefined && { coveredBy }) };
}
