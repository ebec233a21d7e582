import t from 'tap';
import { parseYaml } from '../../core/yaml-documents.js';

const problemsOf = (text: string) => parseYaml(text).flatMap(({ problems }) => problems);

t.test('a problem is said with its place, and with its line where that is short', async (t) => {
  t.strictSame(problemsOf('a: 1\nb: [1\n'), [
    'Flow sequence in block collection must be sufficiently indented and end with a ] at line 3, column 1',
  ]);
  t.match(problemsOf('a: b: c\n')[0], / at line 1, column 4:\n\na: b: c\n {3}\^\n$/);
  t.match(problemsOf(`a: b: ${'c'.repeat(100)}\n`)[0], / at line 1, column 4$/);
});

t.test('a key that comes twice is a problem, also in a mapping of a list', async (t) => {
  t.match(problemsOf('a: 1\nb: 2\na: 3\n'), [/^Map keys must be unique at line 3, column 1:/]);
  t.match(problemsOf('- {a: 1, b: {c: 1, c: 2}}\n'), [/^Map keys must be unique at line 1, column 20:/]);
  t.strictSame(problemsOf('a: {a: {a: 1}}\n'), []);
});

t.test('a text that is nested deeper than any document is refused before anything calls itself so often', async (t) => {
  for (const piece of ['[', '{a: ', '- ', '? '])
    t.throws(
      () => parseYaml(piece.repeat(30_000)),
      { message: /^it is nested deeper than 100 levels at line 1, / },
      piece,
    );
  t.equal(parseYaml(`${'['.repeat(50)}1${']'.repeat(50)}`).length, 1);
});

t.test('of very many problems the first are said, and how many more there are', async (t) => {
  const problems = problemsOf(`[${','.repeat(10_000)}`);
  t.equal(problems.length, 21);
  t.match(problems.at(-1), /^and \d+ more$/);
  t.ok(problems.join('').length < 5000);
});
