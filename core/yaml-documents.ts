import { Composer, type CST, type Document, isScalar, Lexer, LineCounter, Parser, visit } from 'yaml';

/**
 * How deep a text may be nested. The library calls itself for each level; V8 ends the whole process where a regular
 * expression is needed for the first time with the stack nearly full, so that no catch helps.
 */
const deepest = 100;

/** How many problems of a document are said. A text of one wrong character after the other has a quarter of a million. */
const mostProblems = 20;

/** How long the line of a problem may be that is shown with it, in characters. */
const shownLine = 80;

/** A document as the library has it, and what is wrong with its form; it is of no use then. */
export interface ParsedYaml {
  readonly document: Document.Parsed;
  readonly problems: readonly string[];
}

/**
 * The documents of a text, in time that grows no faster than the text: the library's own check of keys and its way of
 * showing errors take the square of it. Throws where the text is nested too deep. An empty text has no document.
 */
export function parseYaml(text: string): ParsedYaml[] {
  const lines = new LineCounter();
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false });
  return [...composer.compose(tokens(text, lines))].map((document) => {
    const wrong = [...document.errors.map(({ pos: [at], message }) => ({ at, message })), ...sameKeys(document)];
    const shown = wrong.slice(0, mostProblems).map(({ at, message }) => `${message}${placeOf(at, text, lines)}`);
    const more = wrong.length > shown.length ? [`and ${wrong.length - shown.length} more`] : [];
    return { document, problems: [...shown, ...more] };
  });
}

function* tokens(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length <= deepest) continue;
    throw new Error(`it is nested deeper than ${deepest} levels${placeOf(parser.offset, text, lines)}`);
  }
  yield* parser.end();
}

/** What YAML forbids in a mapping (YAML 1.2.2 §3.2.1.1). */
function sameKeys(document: Document.Parsed): { at: number; message: string }[] {
  const found: { at: number; message: string }[] = [];
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name))
          found.push({ at: isScalar(key) ? (key.range?.[0] ?? 0) : 0, message: 'Map keys must be unique' });
        keys.add(name);
      }
    },
  });
  return found;
}

/** ` at line 2, column 5`, and the line with a mark below it where it is short enough to be read. */
function placeOf(at: number, text: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(at);
  const place = ` at line ${line}, column ${col}`;
  const start = at - col + 1;
  const [shown = ''] = text.slice(start, start + shownLine + 1).split(/[\r\n]/, 1);
  return shown.trim() === '' || shown.length > shownLine ? place : `${place}:\n\n${shown}\n${' '.repeat(col - 1)}^\n`;
}
