import t from 'tap';
import { commandsOf, helmValues, typedLines } from './helpers/commands.js';
import { inlineProblem, problemsOf } from './helpers/document-checks.js';
import { outputProblem } from './helpers/document-shell.js';
import { parseDocument, parseMark } from './helpers/documents.js';
import { type Route, routeProblem } from './helpers/route-table.js';

/** What is found in a document of one block. */
async function found(markdown: string): Promise<string> {
  const { blocks } = parseDocument('x.md', markdown);
  return (await Promise.all(blocks.map(problemsOf))).flat().join('\n');
}

t.test('a block of commands wants a mark that is understood', async (t) => {
  t.match(await found('    serabut iso ls a.iso'), 'has no mark');
  t.match(await found('```sh\nserabut iso ls a.iso\n```'), 'has no mark');
  t.match(await found('<!-- not run: no -->\n\n    ls'), 'has the mark <!-- not run: no -->');
  t.match(await found('```text\n$ serabut iso ls a.iso\n```'), 'begins with a command');
  t.match(await found('<!-- run -->\n\n```yaml\na: 1\n```'), 'has a mark, but the language yaml');
  t.equal(await found('<!-- run -->\n\n    serabut iso ls a.iso'), '');
  t.equal(await found('```text\nnothing to type\n```'), '');
  t.strictSame(parseMark('<!-- run: ends with 3 -->'), { kind: 'run', status: 3 });
  t.match(parseMark('<!-- not run: wants a cluster; covered by test/a.ts -->'), { coveredBy: 'test/a.ts' });
});

t.test('a test that is said to cover a command exists, and has its words', async (t) => {
  const mark = (path: string) =>
    `<!-- not run: wants root and a LAN; covered by ${path} -->\n\n    serabut up --interface eth0`;
  t.match(await found(mark('test/none.ts')), 'which does not exist');
  t.match(await found(mark('test/helpers/isos.ts')), 'does not say serabut, up, --interface');
  t.equal(await found(mark('test/lab/boot-server.ts')), '');
});

t.test('nothing is run that leaves the machine or changes the checkout', async (t) => {
  for (const command of ['kubectl get nodes', 'curl http://example.org/', 'npm install', 'sudo apt-get update'])
    t.match(await found(`<!-- run -->\n\n    ${command}`), 'write <!-- not run: WHY -->', command);
});

t.test('a command that could not be given is found, also where it is not run', async (t) => {
  const notRun = (command: string) => found(`<!-- not run: wants something else -->\n\n    ${command}`);
  t.match(await notRun('serabut iso sl a.iso'), /serabut says: error: (unknown command|too many)/);
  t.match(await notRun('serabut iso ls'), 'missing required argument');
  t.match(await notRun('sudo npx serabut serve --prot 1'), 'unknown option');
  t.match(await notRun('x && node build/core/main.js serve --port many'), 'A port is a number');
  t.match(await notRun('npm run nothing'), 'package.json has no script nothing');
  t.match(
    await notRun("helm install a ./chart --set lan.interfaces=eth1 --set-file 'resources.files.a\\.yaml=a'"),
    'no lan.interfaces',
  );
  t.equal(await notRun('serabut serve --help | head'), '');
  t.match(inlineProblem('serabut iso sl'), 'iso has no command sl');
  t.match(inlineProblem('serabut serve --prot'), 'serabut serve has no option --prot');
  t.equal(inlineProblem('serabut iso ls'), undefined);
});

t.test('commands are taken out of what a shell knows besides', async (t) => {
  t.strictSame(commandsOf('A=1 b --c > d # e\nfor x in 1; do sudo f \\\n  g; done'), [
    ['b', '--c'],
    ['f', 'g'],
  ]);
  t.strictSame(commandsOf("cat > a <<'EOF'\nb\nEOF\nc"), [['cat'], ['c']]);
  t.strictSame(typedLines('$ a\nb\n$ c'), [
    { line: 'a', shown: ['b'] },
    { line: 'c', shown: [] },
  ]);
  t.strictSame(helmValues(['helm', '--set', 'a.b=1,c={d,e}', '--set-file=f\\.g=h']), [['a', 'b'], ['c'], ['f.g']]);
});

t.test('output may differ where dots stand for it', async (t) => {
  t.equal(outputProblem(['a … c', '…', 'd'], 'a bb c\nx\ny\nd\n'), undefined);
  t.equal(outputProblem(['a'], 'a\n\n'), undefined);
  t.match(outputProblem(['a … c'], 'a bb d\n'), 'but this is printed');
  t.match(outputProblem(['a'], 'a\nb\n'), 'but this is printed');
});

t.test('a URL is held against the routes', async (t) => {
  const routes: Route[] = [
    { path: '/a/:b/c', methods: ['GET', 'HEAD'] },
    { path: '/d/*', methods: ['POST'] },
  ];
  for (const url of ['/a/{b}/c', '/a/1/c?e=f', '/a/…/c', '/a/x/', '/a/…'])
    t.equal(routeProblem(routes, 'GET', url), undefined, url);
  t.equal(routeProblem(routes, 'POST', '/d/e/f'), undefined);
  t.match(routeProblem(routes, 'GET', '/a/b/d'), 'there is no route');
  t.match(routeProblem(routes, 'GET', '/d/e'), 'and no GET');
});
