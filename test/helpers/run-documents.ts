import type { Test } from 'tap';
import { commandsOf, serabutArguments, typedLines } from './commands.js';
import { documentFiles, documentServer, meetStranger } from './document-fixtures.js';
import { packageProxy } from './document-iso.js';
import { asksServer, DocumentShell, outputProblem, type Ran } from './document-shell.js';
import { type Block, type Document, documents } from './documents.js';
import { without } from './programs.js';

const isRun = ({ mark }: Block): boolean => mark.kind === 'run' || mark.kind === 'server';

/** Runs what the documents of these paths say is run, each in a directory of its own and, if it asks one, with a server of its own. */
export function runDocuments(t: Test, paths: RegExp): void {
  t.setTimeout(120_000);
  const chosen = documents().filter(({ path, blocks }) => paths.test(path) && blocks.some(isRun));
  t.ok(chosen.length > 0);
  for (const document of chosen) {
    t.test(`what ${document.path} says to type does what it says`, { skip: without('bash', 'npm') }, (t) =>
      runDocument(t, document),
    );
  }
}

async function runDocument(t: Test, { blocks }: Document): Promise<void> {
  let shell: DocumentShell | undefined;
  // Asked for before the directory is, this comes before its removal.
  t.teardown(() => shell?.close());
  const directory = t.testdir({ clone: {}, served: {} });
  shell = new DocumentShell(`${directory}/clone`, documentFiles(blocks));
  const servesItself = blocks.some(({ mark }) => mark.kind === 'server');
  const asks = blocks.some((block) => isRun(block) && asksServer(block.text));
  const proxy = servesItself || asks ? await packageProxy(t) : '';
  if (asks && !servesItself) {
    shell.server = await documentServer(t, { data: `${directory}/served`, proxy });
    await meetStranger(shell.server);
  }
  let last: Ran = { status: 0, printed: [] };
  for (const block of blocks) {
    if (block.mark.kind === 'output') {
      t.equal(outputProblem(block.text.split('\n'), last.printed.join('')), undefined, block.where);
    }
    if (block.mark.kind === 'server') await meetStranger(await shell.serve(block.text, proxy));
    if (block.mark.kind === 'run') last = (await runBlock(t, shell, block)) ?? last;
  }
}

async function runBlock(t: Test, shell: DocumentShell, block: Block): Promise<Ran | undefined> {
  const { mark, where, text } = block;
  const absent = without(...programsOf(text));
  if (absent) {
    t.pass(where, { skip: absent });
    return undefined;
  }
  const ran = await shell.run(text);
  const wanted = mark.kind === 'run' ? mark.status : 0;
  t.equal(ran.status, wanted, `${where} ends with ${wanted}`, { printed: ran.printed.join('\n') });
  for (const [at, { line, shown }] of typedLines(text).entries()) {
    if (shown !== undefined && shown.length > 0)
      t.equal(outputProblem(shown, ran.printed[at] ?? ''), undefined, `${where} ${line}`);
  }
  return ran;
}

/** The programs of a block that are not this project's, nor the shell's. */
function programsOf(text: string): string[] {
  const own = new Set(['cd', 'echo', 'printf', 'kill', 'npm', 'npx', 'serabut']);
  const programs = commandsOf(text).filter((words) => serabutArguments(words) === undefined);
  return [...new Set(programs.map(([program = '']) => program))].filter((program) => !own.has(program));
}
